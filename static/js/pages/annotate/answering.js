/** Handles an answer: stores it in the outbox and shows the next card; everything else can wait. */

export class Answering {
  #isBusy = false;
  #unwritten = new Set();
  /** Whether this browser can store answers; if not, forms go to the server one by one. */
  keeps = true;

  /** `show()` shows the top card of the deck. */
  constructor(parts) {
    Object.assign(this, parts);
    // Some browsers stop writing once the user leaves a page.
    window.addEventListener("pagehide", () => this.sender.sendLast([...this.#unwritten]));
  }

  /**
   * Store an answer and show the next card, in one task: the browser writes while it paints the next card. If the write
   * fails, the card comes back. The page does not highlight the choice, because a frame for that would delay the next
   * card.
   */
  take({ status, choice, reason = null }) {
    const card = this.deck.current;
    if (this.#isBusy || !card) return;
    const { record, shownOrder, title } = card;
    const before = { status: card.status, revision: card.revision };
    const duration = this.stopwatch.ms;
    const revision = card.revision + 1;
    const { dataset } = this.root.dataset;
    const answer = { dataset, record, status, shownOrder, duration, revision, reason, ...card.read(choice) };
    const kept = { ...answer, title, at: new Date().toISOString() };
    const written = this.outbox.add(kept);
    this.#unwritten.add(kept);
    written.catch(() => {}).then(() => this.#unwritten.delete(kept));
    this.saving.watch(written);
    this.#move(card, { status, revision });
    card.choice = choice ?? card.choice;
    this.prefetchSize.answered(duration ?? 0);
    this.#goOn(written);
    written.catch(() => this.#bringBack(card, before, duration));
  }

  #move(card, { status, revision }) {
    this.counts.move(card.status, status);
    Object.assign(card, { status, revision });
  }

  #goOn(written) {
    const { next } = this.root.dataset;
    if (!next) {
      this.deck.forward();
      this.show();
      written.then(() => this.sender.kick()).then(() => this.prefetch.recount(), () => {});
      return;
    }
    // Only the server knows the lists of answered records.
    this.#isBusy = true;
    const sent = written.then(() => this.sender.retry());
    sent.then(() => this.saving.facts.waiting || location.assign(next)).catch(() => {});
    sent.finally(() => {
      this.#isBusy = false;
    }).catch(() => {});
  }

  /** Show the card again after a failed write; from now on, its form goes to the server directly. */
  #bringBack(card, before, duration) {
    this.keeps = false;
    this.#move(card, before);
    card.node.elements.duration_ms.value = duration ?? "";
    this.deck.goTo(card);
    this.show();
    this.saving.set({ state: "homeless" });
    this.saving.say("This browser couldn’t save your answer. Please answer again; it goes straight to the server.");
  }

  /** Show the stored answer if another window or device answered a card first. */
  correct({ record_id: record, status, revision, values }) {
    const card = this.deck.find(record);
    if (!card || card.revision > revision) return null;
    this.#move(card, { status, revision });
    const [value] = Object.values(values);
    card.choice = value?.value ?? "";
    return card;
  }
}
