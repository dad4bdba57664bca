/** How many cards to have ahead: more where pictures are slow to come, or answers quick. */

const MIN_SIZE = 3;
const MAX_SIZE = 8;
const WEIGHT = 0.3;

export class PrefetchSize {
  #loadMs = 0;
  #answerMs = 0;

  /** A card took so long from the claim to its decoded pictures. */
  loaded(ms) {
    this.#loadMs = this.#smooth(this.#loadMs, ms);
  }

  /** An answer took so long. */
  answered(ms) {
    this.#answerMs = this.#smooth(this.#answerMs, ms);
  }

  /** The number of cards that should wait behind the one on top. */
  get size() {
    const needed = this.#answerMs ? Math.ceil(this.#loadMs / this.#answerMs) : 0;
    return Math.min(MAX_SIZE, MIN_SIZE + needed);
  }

  #smooth(before, now) {
    return before ? before + WEIGHT * (now - before) : now;
  }
}
