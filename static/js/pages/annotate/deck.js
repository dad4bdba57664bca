/** The cards of a visit in order of arrival, and which one is on top. */

// How many cards on either side of the top one keep their pictures; others fetch theirs again when they get near.
const NEAR = 8;

export class Deck {
  #cards = [];
  #at = 0;

  /** The top card, or undefined while it is being fetched. */
  get current() {
    return this.#cards[this.#at];
  }

  /** The card after the top one. */
  get following() {
    return this.#cards[this.#at + 1];
  }

  get hasBack() {
    return this.#at > 0;
  }

  get hasForward() {
    return Boolean(this.current?.status) && this.#at < this.#cards.length;
  }

  /** The number of unanswered cards besides the top one. */
  get ahead() {
    return this.#cards.filter((card) => !card.status && card !== this.current).length;
  }

  /** The unanswered records. */
  get open() {
    return this.#cards.filter((card) => !card.status).map((card) => card.record);
  }

  find(record) {
    return this.#cards.find((card) => card.record === record);
  }

  add(card) {
    this.#cards.push(card);
  }

  drop(card) {
    const index = this.#cards.indexOf(card);
    this.#cards.splice(index, 1);
    if (index < this.#at) this.#at -= 1;
  }

  back() {
    if (this.hasBack) this.#at -= 1;
  }

  forward() {
    if (this.hasForward) this.#at += 1;
  }

  goTo(card) {
    this.#at = this.#cards.indexOf(card);
  }

  /** Confirm the unanswered cards of the records that this window may show, and drop the others. */
  keep(records) {
    for (const card of this.#cards.filter(({ status }) => !status)) {
      if (records.includes(card.record)) card.confirm();
      else this.drop(card);
    }
  }

  /** Load the pictures of near cards, and release those of the others. */
  tend() {
    this.#cards.forEach((card, index) => {
      if (Math.abs(index - this.#at) <= NEAR) card.load();
      else card.release();
    });
  }
}
