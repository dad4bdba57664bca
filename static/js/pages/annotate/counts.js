/**
 * The numbers in the header. The annotator's own numbers follow each answer at once, in all their windows, until the
 * server has counted it; the team's numbers come from the server.
 */

import { paintedOrHidden } from "./pictures.js";

function show(name, number) {
  for (const element of document.querySelectorAll(`[data-${name}]`)) {
    if (element.matches("progress")) element.value = number;
    else element.textContent = number.toLocaleString("en");
  }
}

export class Counts {
  #queues = {};
  #windows;
  /** How often an answer changed the numbers, in any window. */
  moves = 0;

  /** `person` and `dataset` are ids. */
  constructor(person, dataset) {
    for (const element of document.querySelectorAll("[data-count]")) {
      this.#queues[element.dataset.count] = Number(element.textContent.replaceAll(",", ""));
    }
    this.#windows = new BroadcastChannel(`diptych.counts.${person}.${dataset}`);
    this.#windows.onmessage = ({ data }) => this.#apply(data);
  }

  /** The number of submitted answers, without drafts and discarded records. */
  get answered() {
    return this.#queues.submitted;
  }

  /** Move a record from one queue to another; "" means pending. */
  move(from, to) {
    this.#apply({ from, to });
    this.#windows.postMessage({ from, to });
  }

  /** Use the server's counts, which include every answer. */
  set(queues) {
    Object.assign(this.#queues, queues);
    this.#show();
  }

  /** Show the number of completed records. */
  complete(number) {
    show("completed", number);
  }

  #apply({ from, to }) {
    this.moves += 1;
    this.#queues[from || "pending"] -= 1;
    this.#queues[to || "pending"] += 1;
    // First the next pair is painted, then the numbers.
    paintedOrHidden().then(() => this.#show());
  }

  #show() {
    for (const [name, number] of Object.entries(this.#queues)) show(`count="${name}"`, Math.max(0, number));
    show("answered", this.answered);
  }
}
