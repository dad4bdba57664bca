/** The cards of a visit in the order in which they came, and which one is on top. */

// So many cards on either side keep their pictures; those of the others are fetched again when they are near.
const NEAR = 8;

export class Deck {
  #cards = [];
  #at = 0;

  /** The card on top, or nothing while it is being fetched. */
  get current() {
    return this.#cards[this.#at];
  }

  /** The card that comes after the one on top has been answered. */
  get following() {
    return this.#cards[this.#at + 1];
  }

  get hasBack() {
    return this.#at > 0;
  }

  get hasForward() {
    return Boolean(this.current?.status) && this.#at < this.#cards.length;
  }

  /** How many cards wait behind the one on top. */
  get ahead() {
    return this.#cards.filter((card) => !card.status && card !== this.current).length;
  }

  /** The records that wait to be answered. */
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
    const place = this.#cards.indexOf(card);
    this.#cards.splice(place, 1);
    if (place < this.#at) this.#at -= 1;
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

  /** Confirm the open cards of the records that this window may show, and drop the others. */
  keep(records) {
    for (const card of this.#cards.filter(({ status }) => !status)) {
      if (records.includes(card.record)) card.confirm();
      else this.drop(card);
    }
  }

  /** Have cards that are near keep their pictures, and the others not. */
  tend() {
    this.#cards.forEach((card, place) => {
      if (Math.abs(place - this.#at) <= NEAR) card.load();
      else card.release();
    });
  }
}
