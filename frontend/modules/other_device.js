// @ts-check
/** Shows the link that continues the study in another browser. */

import { announce } from "./announce.js";
import { showBanner } from "./shell.js";

/** @param {import("./types.js").Proof} proof @param {import("./types.js").Visit} visit */
export function showOtherDevice(proof, { userId, projectId }) {
  const link = proof.link(userId, projectId);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      announce("The link is copied.");
    } catch {
      prompt("Copy this link:", link); // no clipboard access
    }
  };
  showBanner(`Open this link on the other device. Show it to nobody: who has it can continue in your name. ${link}`, [["Copy the link", copy]]);
}
