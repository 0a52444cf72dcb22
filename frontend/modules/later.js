// @ts-check
/** Everything that the first page does not need: loaded in the background, or on first use. */

export { addCopyButtons, completionCard } from "./completion.js";
export { showFaults } from "./faults.js";
export { Playing } from "./game/playing.js";
export { linkedProof, makeProof, showOtherDevice } from "./proof.js";
export { makeReachable } from "./reach.js";
export { attend, stillThere } from "./presence.js";
export { incompleteLink, notAccepted, refused } from "./refusals.js";
export { showWaiting } from "./waiting.js";
export { explainBack, welcomeBack } from "./welcome.js";
