/**
 * The numbers in the header: a person's own follow each answer at once, in all their windows, until the server has
 * counted it; those of all come from the server.
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
  /** How often an answer moved the numbers, in whichever window. */
  moves = 0;

  /** The numbers of one person in one dataset, by its id. */
  constructor(person, dataset) {
    for (const element of document.querySelectorAll("[data-count]")) {
      this.#queues[element.dataset.count] = Number(element.textContent.replaceAll(",", ""));
    }
    this.#windows = new BroadcastChannel(`diptych.counts.${person}.${dataset}`);
    this.#windows.onmessage = ({ data }) => this.#apply(data);
  }

  /** How many records the person has answered; drafts and discarded records are no answers. */
  get answered() {
    return this.#queues.submitted;
  }

  /** A record goes from one queue to another; "" is none yet. */
  move(from, to) {
    this.#apply({ from, to });
    this.#windows.postMessage({ from, to });
  }

  /** The server has counted every answer. */
  set(queues) {
    Object.assign(this.#queues, queues);
    this.#show();
  }

  /** So many records have all their answers. */
  complete(number) {
    show("completed", number);
  }

  #apply({ from, to }) {
    this.moves += 1;
    this.#queues[from || "pending"] -= 1;
    this.#queues[to || "pending"] += 1;
    // The next pair is on its way to the screen, and does not wait for numbers.
    paintedOrHidden().then(() => this.#show());
  }

  #show() {
    for (const [name, number] of Object.entries(this.#queues)) show(`count="${name}"`, Math.max(0, number));
    show("answered", this.answered);
  }
}
