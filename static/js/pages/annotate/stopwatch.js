/** Measures how long the annotator looks at a card, while the page is visible. */

export class Stopwatch {
  #now;
  #since = null;
  #sum = null;
  #isPaused = false;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Clear the time; nothing is on screen yet. */
  reset() {
    this.#since = this.#sum = null;
  }

  /** Start at the time `at`, when everything is on screen. */
  start(at = this.#now()) {
    this.#sum = 0;
    this.#since = this.#isPaused ? null : at;
  }

  /** Pause or continue when the page goes to the background or comes back. */
  pause(isPaused) {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (this.#sum === null) return;
    if (isPaused) this.#sum += this.#now() - this.#since;
    this.#since = isPaused ? null : this.#now();
  }

  /** The time so far in whole milliseconds, or null if nothing was on screen. */
  get ms() {
    if (this.#sum === null) return null;
    return Math.round(this.#sum + (this.#since === null ? 0 : this.#now() - this.#since));
  }
}
