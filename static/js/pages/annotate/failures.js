/**
 * Pictures that fail in several cards in a row, which is not the fault of the cards. The visit pauses until pictures
 * load again, so that annotators need not skip all cards, and the server gets a report.
 */

const MAX_IN_A_ROW = 3;

export class Failures {
  #inARow = new Set();
  isPaused = false;

  /** `top()` returns the top card, `pause()` covers it, `goOn()` shows it, and `report(items)` tells the server. */
  constructor({ top, pause, goOn, report }) {
    Object.assign(this, { top, pause, goOn, report });
  }

  /** Note whether the pictures of a card have loaded or failed. */
  note(card) {
    if (card.pictures === "missing") this.#inARow.add(card);
    else if (card.pictures === "shown") this.#inARow.clear();
    if (!this.isPaused && this.#inARow.size >= MAX_IN_A_ROW && this.top()?.pictures === "missing") this.#pause();
  }

  /** Continue if the pictures of the top card have loaded after all. */
  recover() {
    if (this.top()?.pictures === "shown") this.goOn();
  }

  /** Fetch the pictures of the top card again. */
  async retry() {
    await this.top().retry();
    this.recover();
  }

  #pause() {
    this.isPaused = true;
    // The card is not on the page now, so the page's listeners miss its events.
    this.top().node.addEventListener("recovered", () => this.isPaused && this.recover());
    this.pause();
    this.report([...this.#inARow].map(({ record, missing }) => ({ record_id: record, images: missing })));
  }
}
