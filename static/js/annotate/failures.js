/** Pictures that fail card after card: then it is not the card, and people should not have to skip them all. */

const MAX_IN_A_ROW = 3;

export class Failures {
  #inARow = new Set();

  /** The pictures of a card have come, or will not for the moment. */
  note(card) {
    if (card.pictures === "missing") this.#inARow.add(card);
    else if (card.pictures === "shown") this.#inARow.clear();
  }

  get areMany() {
    return this.#inARow.size >= MAX_IN_A_ROW;
  }

  /** What to tell the server: the cards, and which of their pictures do not load. */
  get items() {
    return [...this.#inARow].map(({ record, missing }) => ({ record_id: record, images: missing }));
  }
}
