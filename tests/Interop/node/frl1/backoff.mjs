// SPEC 10.3.
const MOST_MS = 300_000;
const uniform = (most) => Math.random() * most;

export class BackOff {
  #n = 0;
  /** How long to wait before the next attempt, ms. */
  next(retryAfterS = 0) {
    const wait = uniform(Math.min(MOST_MS, 1000 * retryAfterS)) + uniform(Math.min(MOST_MS, 1000 * 2 ** this.#n));
    this.#n = Math.min(this.#n + 1, 9);
    return wait;
  }
  succeeded() { this.#n = 0; }
}
