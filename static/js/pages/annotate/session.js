/** One visit: which card is on top, what is under it, and what can be done with it. */

import { Failures } from "./failures.js";
import { painted, paintedOrHidden } from "./pictures.js";

// A habitual second press comes within this time; nobody has judged two pictures by then.
const GLANCE_MS = 150;

export class Session {
  constructor(parts) {
    Object.assign(this, parts);
    this.seenAt = performance.now() + GLANCE_MS;
    this.top = this.deck.current;
    this.failures = new Failures({
      top: () => this.deck.current,
      pause: () => this.#cover("#failing"),
      goOn: () => (this.failures.isPaused ? this.show() : this.time()),
      report: this.report,
    });
    this.backLink = this.root.querySelector("[data-back]");
    this.older = this.backLink.getAttribute("href");
  }

  /** Say whether the person can have seen what an answer of this status is about. */
  isSeen(status) {
    const card = this.deck.current;
    const now = performance.now();
    if (this.failures.isPaused || !card?.isOurs || now < this.seenAt) return false;
    if (status !== "submitted") return true;
    return card.pictures === "shown" && now >= card.picturesAt + GLANCE_MS;
  }

  back() {
    this.deck.back();
    this.show();
  }

  forward() {
    this.deck.forward();
    this.show();
  }

  /** Show the card that is on top of the deck; if there is none yet, that it is being fetched. */
  show() {
    const { deck, stage, stopwatch } = this;
    const card = deck.current;
    stopwatch.reset();
    this.seenAt = performance.now() + GLANCE_MS;
    this.top = card;
    this.failures.isPaused = false;
    if (card) {
      stage.show(card, deck.following);
      this.time();
      paintedOrHidden().then(() => this.#updateTools());
    } else this.#cover("#fetching");
    paintedOrHidden().then(() => this.prefetch.check());
  }

  /** Show what has arrived, if it is waited for. */
  arrived() {
    if (this.failures.isPaused && this.top === this.deck.current) return;
    if (this.top !== this.deck.current) this.show();
    else this.stage.lay(this.deck.following);
  }

  /** Only the records of these ids are this window's to show. */
  keep(records) {
    this.deck.keep(records);
    this.arrived();
  }

  #cover(template) {
    this.showEmptyState(document.querySelector(template).content.firstElementChild.cloneNode(true));
    this.#updateTools();
  }

  /** Show why there is no card. */
  showEmptyState(node) {
    if (this.deck.current && !this.failures.isPaused) return;
    this.stage.showEmptyState(node);
    this.saving.say(node.querySelector("h2")?.textContent ?? "");
  }

  /** Measure from when the pictures of the card on top are on screen. */
  async time() {
    const card = this.top;
    await card.load();
    this.failures.note(card);
    await painted();
    if (card !== this.deck.current || this.failures.isPaused) return;
    this.deck.tend();
    if (card.pictures === "shown") this.stopwatch.start();
    this.saving.say(`${this.counts.answered} answered. ${card.title}`);
  }

  /** Enable the tools that fit what is on top, and hide the others. */
  #updateTools() {
    const { root, deck, backLink } = this;
    const target = deck.hasBack ? "" : this.older;
    root.querySelector("[data-forward]").hidden = !deck.hasForward;
    if (target === null) backLink.removeAttribute("href");
    else backLink.href = target;
    backLink.ariaDisabled = String(target === null);
    const isBare = !deck.current || this.failures.isPaused;
    for (const button of document.querySelectorAll("[data-tools] [form=card], [data-opens=skip]")) {
      button.disabled = isBare;
    }
  }
}
