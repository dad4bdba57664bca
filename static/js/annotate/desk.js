/** One visit at the desk: an answer is kept, the next card is on top, and all the rest can wait. */

import { painted, settle } from "./pictures.js";
import * as tabs from "./tabs.js";

// A habitual second press comes within this time; nobody has judged two pictures by then.
const GLANCE_MS = 150;

export class Desk {
  #isBusy = false;

  constructor(parts) {
    Object.assign(this, parts);
    /** Whether this browser takes answers to keep; if not, forms go to the server one by one. */
    this.keeps = true;
    this.seenAt = performance.now() + GLANCE_MS;
    this.top = this.reel.current;
    this.backLink = this.root.querySelector("[data-back]");
    this.older = this.backLink.getAttribute("href");
  }

  /**
   * Keep an answer and show the next card. Nothing is shown before the answer is kept, not even which choice it was:
   * a frame that shows only that would hold up the one with the next card.
   */
  async answer({ status, choice, reason = null }) {
    const card = this.reel.current;
    if (this.#isBusy || !card) return;
    this.#isBusy = true;
    const duration = this.stopwatch.ms;
    const { record, swapped, title } = card;
    const revision = card.revision + 1;
    const { dataset } = this.root.dataset;
    const answer = { dataset, record, status, swapped, duration, revision, reason, ...card.read(choice) };
    try {
      await this.outbox.add({ ...answer, title, at: new Date().toISOString() });
    } catch {
      this.keeps = false;
      card.node.elements.duration_ms.value = duration ?? "";
      return this.saving.set({ state: "homeless" });
    } finally {
      this.#isBusy = false;
    }
    this.counts.move(card.status, status);
    this.pace.answered(duration ?? 0);
    card.revision = revision;
    card.status = status;
    card.choice = choice ?? card.choice;
    this.#goOn();
    tabs.leave(record);
  }

  #goOn() {
    const { next } = this.root.dataset;
    if (next) {
      // The piles of what was answered are the server's to show.
      this.sender.retry().then(() => this.saving.facts.waiting || location.assign(next));
      return;
    }
    this.reel.toFront();
    this.show();
    this.sender.kick();
  }

  back() {
    this.reel.back();
    this.show();
  }

  forward() {
    this.reel.forward();
    this.show();
  }

  /** Show the card that is on top of the reel; if there is none yet, that it is being fetched. */
  show() {
    const { reel, stage, stopwatch } = this;
    const card = reel.current;
    stopwatch.reset();
    this.seenAt = performance.now() + GLANCE_MS;
    this.top = card;
    if (card) {
      stage.show(card, reel.following);
      this.time();
    } else this.showScreen(document.querySelector("#fetching").content.firstElementChild.cloneNode(true));
    this.#offer();
    this.supply.check();
  }

  /** Show what has arrived, if it is waited for. */
  arrived() {
    if (this.top !== this.reel.current) this.show();
    else this.stage.lay(this.reel.following);
  }

  /** Show why there is no card. */
  showScreen(node) {
    if (this.reel.current) return;
    this.stage.showScreen(node);
    this.saving.say(node.querySelector("h2")?.textContent ?? "");
  }

  /** Measure from when the pictures of the card on top are on screen. */
  async time() {
    const card = this.top;
    await card.load();
    await painted();
    if (card !== this.reel.current) return;
    this.stopwatch.start();
    this.reel.tend();
    this.saving.say(`${this.counts.answered} answered. ${card.title}`);
  }

  /** Offer what can be done with what is on top. */
  #offer() {
    const { root, reel, backLink } = this;
    const target = reel.hasBack ? "" : this.older;
    root.querySelector("[data-forward]").hidden = !reel.hasForward;
    if (target === null) backLink.removeAttribute("href");
    else backLink.href = target;
    backLink.ariaDisabled = String(target === null);
    for (const button of root.querySelectorAll("[data-tools] [form=card]")) button.disabled = !reel.current;
  }

  /** Try to fetch the pictures of the card on top once more. */
  retryPictures() {
    const { frames } = this.reel.current;
    return Promise.all(frames.filter((frame) => frame.matches(".frame--failed")).map(fetchAgain));
  }
}

function fetchAgain(frame) {
  const image = frame.querySelector("img");
  image.src = image.getAttribute("src");
  return settle(frame, [0]);
}
