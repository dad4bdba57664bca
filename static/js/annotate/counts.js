/** The numbers in the header: a person's own follow each answer at once, those of all come from the server. */

function show(name, number) {
  for (const element of document.querySelectorAll(`[data-${name}]`)) {
    if (element.matches("progress")) element.value = number;
    else element.textContent = number.toLocaleString("en");
  }
}

export class Counts {
  #piles = {};

  constructor() {
    for (const element of document.querySelectorAll("[data-count]")) {
      this.#piles[element.dataset.count] = Number(element.textContent.replaceAll(",", ""));
    }
  }

  /** How many records the person has answered; drafts and discarded records are no answers. */
  get answered() {
    return this.#piles.submitted;
  }

  /** A record goes from one pile to another; "" is none yet. */
  move(from, to) {
    this.#piles[from || "pending"] -= 1;
    this.#piles[to || "pending"] += 1;
    for (const [name, number] of Object.entries(this.#piles)) show(`count="${name}"`, Math.max(0, number));
    show("answered", this.answered);
  }

  /** So many records have all their answers. */
  complete(number) {
    show("completed", number);
  }
}
