// @ts-check
/** Retries with growing pauses. */

/** Seconds, up to 30, with jitter that spreads many clients. @param {number} tries  that have failed */
export function pauseAfter(tries, chance = Math.random()) {
  return Math.min(30, 2 ** (tries - 1)) * (0.8 + 0.4 * chance);
}

/** A pause that ends early on `wake` or when the network is back. */
export class Pause {
  /** @type {() => void} */
  wake = () => {};

  /** @param {number} seconds @returns {Promise<void>} */
  async of(seconds) {
    const wakeUp = () => this.wake();
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000, undefined);
      this.wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
      addEventListener("online", wakeUp);
    });
    removeEventListener("online", wakeUp);
    this.wake = () => {};
  }
}

/** @typedef {import("./types.js").Again} Again */
/** @typedef {import("./types.js").Outcome} Outcome */

/**
 * @param {() => Promise<Outcome>} attempt
 * @param {(again: Again) => void} onTrouble
 * @param {AbortSignal} signal  stops the retries
 * @returns {Promise<Exclude<Outcome, {kind: "trouble"}> | null>}  null if stopped
 */
export async function persist(attempt, onTrouble, signal) {
  const pause = new Pause();
  const now = () => pause.wake();
  signal.addEventListener("abort", now);
  for (let tries = 0; !signal.aborted; ) {
    const outcome = await attempt();
    if (signal.aborted) return null;
    if (outcome.kind !== "trouble") return outcome;
    tries += 1;
    const seconds = Math.max(pauseAfter(tries), outcome.after);
    onTrouble({ tries, seconds, now });
    await pause.of(seconds);
  }
  return null;
}

/**
 * @template T
 * @param {() => Promise<T>} load
 * @param {(again: Again) => void} onTrouble
 * @param {AbortSignal} [signal]
 * @returns {Promise<T | null>}  null if stopped
 */
export async function persistLoading(load, onTrouble, signal = new AbortController().signal) {
  /** @type {T | null} */
  let loaded = null;
  await persist(async () => {
    try {
      loaded = await load();
      return { kind: "refused", text: "loaded" };
    } catch {
      return { kind: "trouble", after: 0, why: "not loaded" };
    }
  }, onTrouble, signal);
  return loaded;
}
