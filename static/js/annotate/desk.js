/** One visit at the desk: an answer is kept, the next card is on top, and all the rest can wait. */

import { painted } from "./pictures.js";

// A habitual second press comes within this time; nobody has judged two pictures by then.
const GLANCE_MS = 150;

export class Desk {
  #isBusy = false;
  #isPaused = false;

  constructor(parts) {
    Object.assign(this, parts);
    /** Whether this browser takes answers to keep; if not, forms go to the server one by one. */
    this.keeps = true;
    this.seenAt = performance.now() + GLANCE_MS;
    this.top = this.reel.current;
    this.backLink = this.root.querySelector("[data-back]");
    this.older = this.backLink.getAttribute("href");
  }

  /** Say whether the person can have seen what an answer of this status is about. */
  isSeen(status) {
    const card = this.reel.current;
    const now = performance.now();
    if (this.#isPaused || !card?.isOurs || now < this.seenAt) return false;
    if (status !== "submitted") return true;
    return card.pictures === "shown" && now >= card.picturesAt + GLANCE_MS;
  }

  /**
   * Keep an answer and show the next card, in one task: the browser writes while the next card is painted. What cannot
   * be written brings the card back. Nothing of the answer is shown, not even which choice it was: a frame that shows
   * only that would hold up the one with the next card.
   */
  answer({ status, choice, reason = null }) {
    const card = this.reel.current;
    if (this.#isBusy || !card) return;
    const { record, swapped, title } = card;
    const before = { status: card.status, revision: card.revision };
    const duration = this.stopwatch.ms;
    const revision = card.revision + 1;
    const { dataset } = this.root.dataset;
    const answer = { dataset, record, status, swapped, duration, revision, reason, ...card.read(choice) };
    const written = this.outbox.add({ ...answer, title, at: new Date().toISOString() });
    this.saving.watch(written);
    this.#move(card, { status, revision });
    card.choice = choice ?? card.choice;
    this.pace.answered(duration ?? 0);
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
      this.reel.forward();
      this.show();
      written.then(() => this.sender.kick(), () => {});
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
    this.reel.goTo(card);
    if (this.top !== card) this.show();
    this.saving.set({ state: "homeless" });
    this.saving.say("This browser could not keep your answer. Please answer once more; it goes to the server at once.");
  }

  back() {
    this.reel.back();
    this.show();
  }

  forward() {
    this.reel.forward();
    this.show();
  }

  /** Another window, or device, has answered a card before: show what is stored. */
  correct({ record_id: record, status, revision, values }) {
    const card = this.reel.find(record);
    if (!card || card.revision > revision) return null;
    this.#move(card, { status, revision });
    const [value] = Object.values(values);
    card.choice = value?.value ?? "";
    return card;
  }

  /** Show the card that is on top of the reel; if there is none yet, that it is being fetched. */
  show() {
    const { reel, stage, stopwatch } = this;
    const card = reel.current;
    stopwatch.reset();
    this.seenAt = performance.now() + GLANCE_MS;
    this.top = card;
    this.#isPaused = false;
    if (card) {
      stage.show(card, reel.following);
      this.time();
    } else this.showScreen(copy("#fetching"));
    this.#offer();
    this.supply.check();
  }

  /** Show what has arrived, if it is waited for. */
  arrived() {
    if (this.#isPaused && this.top === this.reel.current) return;
    if (this.top !== this.reel.current) this.show();
    else this.stage.lay(this.reel.following);
  }

  /** Only the records of these ids are this window's to show. */
  keep(records) {
    this.reel.keep(records);
    this.arrived();
  }

  /** Show why there is no card. */
  showScreen(node) {
    if (this.reel.current && !this.#isPaused) return;
    this.stage.showScreen(node);
    this.saving.say(node.querySelector("h2")?.textContent ?? "");
  }

  /** Measure from when the pictures of the card on top are on screen. */
  async time() {
    const card = this.top;
    await card.load();
    this.noteLoaded(card);
    await painted();
    if (card !== this.reel.current || this.#isPaused) return;
    this.reel.tend();
    if (card.pictures === "shown") this.stopwatch.start();
    this.saving.say(`${this.counts.answered} answered. ${card.title}`);
  }

  /** The pictures of a card have come, or will not for the moment. */
  noteLoaded(card) {
    this.failures.note(card);
    if (!this.#isPaused && this.failures.areMany && this.reel.current?.pictures === "missing") this.#pause();
  }

  /** A picture of the card on top has come after all. */
  recover() {
    if (this.top?.pictures !== "shown") return;
    if (this.#isPaused) this.show();
    else this.time();
  }

  /** Card after card has pictures that do not load: say so, and let the server know. */
  #pause() {
    this.#isPaused = true;
    this.top.node.addEventListener("recovered", () => this.recover());
    this.showScreen(copy("#failing"));
    this.#offer();
    this.report(this.failures.items);
  }

  /** Offer what can be done with what is on top. */
  #offer() {
    const { root, reel, backLink } = this;
    const target = reel.hasBack ? "" : this.older;
    root.querySelector("[data-forward]").hidden = !reel.hasForward;
    if (target === null) backLink.removeAttribute("href");
    else backLink.href = target;
    backLink.ariaDisabled = String(target === null);
    const isBare = !reel.current || this.#isPaused;
    for (const button of root.querySelectorAll("[data-tools] [form=card]")) button.disabled = isBare;
  }

  /** Try to fetch the pictures of the card on top once more. */
  async retryPictures() {
    const card = this.reel.current;
    await card.retry();
    this.recover();
  }
}

function copy(template) {
  return document.querySelector(template).content.firstElementChild.cloneNode(true);
}
