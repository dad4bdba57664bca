/** How many cards to fetch ahead: more if pictures load slowly or the annotator answers fast. */

const MIN_SIZE = 3;
const MAX_SIZE = 8;
const WEIGHT = 0.3;

export class PrefetchSize {
  #loadMs = 0;
  #answerMs = 0;

  /** Note the time of a card from the claim to its decoded pictures. */
  loaded(ms) {
    this.#loadMs = this.#smooth(this.#loadMs, ms);
  }

  /** Note the time of an answer. */
  answered(ms) {
    this.#answerMs = this.#smooth(this.#answerMs, ms);
  }

  /** The number of cards that should wait behind the top one. */
  get size() {
    const needed = this.#answerMs ? Math.ceil(this.#loadMs / this.#answerMs) : 0;
    return Math.min(MAX_SIZE, MIN_SIZE + needed);
  }

  #smooth(before, now) {
    return before ? before + WEIGHT * (now - before) : now;
  }
}
