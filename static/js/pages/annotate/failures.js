/**
 * Pictures that fail card after card: then it is not the card, and people should not have to skip them all. The visit
 * pauses until they load again, and the server hears of it.
 */

const MAX_IN_A_ROW = 3;

export class Failures {
  #inARow = new Set();
  isPaused = false;

  /** `top()` is the card on top, `pause()` covers it, `goOn()` shows it, and `report(items)` tells the server. */
  constructor({ top, pause, goOn, report }) {
    Object.assign(this, { top, pause, goOn, report });
  }

  /** The pictures of a card have come, or will not for the moment. */
  note(card) {
    if (card.pictures === "missing") this.#inARow.add(card);
    else if (card.pictures === "shown") this.#inARow.clear();
    if (!this.isPaused && this.#inARow.size >= MAX_IN_A_ROW && this.top()?.pictures === "missing") this.#pause();
  }

  /** A picture of the card on top has come after all. */
  recover() {
    if (this.top()?.pictures === "shown") this.goOn();
  }

  /** Try to fetch the pictures of the card on top once more. */
  async retry() {
    await this.top().retry();
    this.recover();
  }

  #pause() {
    this.isPaused = true;
    // Its card is not on the page now, whose listeners hear nothing of it.
    this.top().node.addEventListener("recovered", () => this.isPaused && this.recover());
    this.pause();
    this.report([...this.#inARow].map(({ record, missing }) => ({ record_id: record, images: missing })));
  }
}
