// @ts-check
/** What a first page does without: it is loaded while that is read, or when it is needed. */

export { completionCard } from "./completion.js";
export { tellFaults } from "./faults.js";
export { Playing } from "./game/playing.js";
export { incompleteLink, notTaken, refused } from "./refusals.js";
export { showWaiting } from "./waiting.js";
export { tellOfBack, welcomeBack } from "./welcome.js";
