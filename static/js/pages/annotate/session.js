/** A visit: the top card, the card under it, and the tools for them. */

import { Failures } from "./failures.js";
import { painted, paintedOrHidden } from "./pictures.js";

// An accidental second press comes within this time, too soon to have judged two pictures.
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

  /** Return whether the annotator can have seen enough for an answer with this status. */
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

  /** Show the top card of the deck, or a loading state if there is none yet. */
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

  /** Show new cards if the page waits for them. */
  arrived() {
    if (this.failures.isPaused && this.top === this.deck.current) return;
    if (this.top !== this.deck.current) this.show();
    else this.stage.lay(this.deck.following);
  }

  /** Keep only the cards of the records that this window may show. */
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

  /** Start the stopwatch when the pictures of the top card are on screen. */
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

  /** Enable the tools for the top card, and hide the others. */
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
