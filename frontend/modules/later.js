// @ts-check
/** What a first page does without: it is loaded while that is read, or when it is needed. */

export { completionCard } from "./completion.js";
export { tellFaults } from "./faults.js";
export { Game } from "./game/game.js";
export { gameAddress } from "./game/protocol.js";
export { Waiting } from "./waiting.js";
