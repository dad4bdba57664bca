/** What becomes of an answer: it is kept, the next card is on top, and all the rest can wait. */

export class Answering {
  #isBusy = false;
  #unwritten = new Set();
  /** Whether this browser takes answers to keep; if not, forms go to the server one by one. */
  keeps = true;

  /** `show()` shows the card that is on top of the deck. */
  constructor(parts) {
    Object.assign(this, parts);
    // Some browsers write no more once a page is left.
    window.addEventListener("pagehide", () => this.sender.sendLast([...this.#unwritten]));
  }

  /**
   * Keep an answer and show the next card, in one task: the browser writes while the next card is painted. What cannot
   * be written brings the card back. Nothing of the answer is shown, not even which choice it was: a frame that shows
   * only that would hold up the one with the next card.
   */
  take({ status, choice, reason = null }) {
    const card = this.deck.current;
    if (this.#isBusy || !card) return;
    const { record, swapped, title } = card;
    const before = { status: card.status, revision: card.revision };
    const duration = this.stopwatch.ms;
    const revision = card.revision + 1;
    const { dataset } = this.root.dataset;
    const answer = { dataset, record, status, swapped, duration, revision, reason, ...card.read(choice) };
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
    // The lists of what was answered are the server's to show.
    this.#isBusy = true;
    const sent = written.then(() => this.sender.retry());
    sent.then(() => this.saving.facts.waiting || location.assign(next)).catch(() => {});
    sent.finally(() => {
      this.#isBusy = false;
    }).catch(() => {});
  }

  /** The answer could not be written: show its card again, from which it goes to the server at once. */
  #bringBack(card, before, duration) {
    this.keeps = false;
    this.#move(card, before);
    card.node.elements.duration_ms.value = duration ?? "";
    this.deck.goTo(card);
    this.show();
    this.saving.set({ state: "homeless" });
    this.saving.say("This browser couldn’t save your answer. Please answer again; it will be sent to the server directly.");
  }

  /** Another window, or device, has answered a card before: show what is stored. */
  correct({ record_id: record, status, revision, values }) {
    const card = this.deck.find(record);
    if (!card || card.revision > revision) return null;
    this.#move(card, { status, revision });
    const [value] = Object.values(values);
    card.choice = value?.value ?? "";
    return card;
  }
}
