/** The stage: the top card, and the next one under it, already painted. */

// The next card is painted only after the top one is on screen.
const LAY_MS = 80;
const CONTROLS = "button, input, select, textarea, a[href], [tabindex='0']";

/** Return the index of the control with the keyboard focus, or -1; a focus from the pointer does not count. */
function focusIndex(node) {
  const { activeElement } = document;
  if (!node.contains(activeElement) || !activeElement.matches(":focus-visible")) return -1;
  return [...node.querySelectorAll(CONTROLS)].indexOf(activeElement);
}

export class Stage {
  #root;
  #top;
  #under = null;
  #timer = null;
  #kept = -1;

  constructor(root) {
    this.#root = root;
    this.#top = root.firstElementChild;
  }

  /** Put a card on top at once, and `following` under it as soon as its pictures have loaded. */
  show(card, following) {
    const index = this.#leave();
    this.#put(card.node);
    card.node.querySelectorAll(CONTROLS)[index]?.focus();
    card.node.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
    this.lay(following);
  }

  /** Put a card under the top one when it is ready and nothing else has to be painted. */
  lay(card) {
    clearTimeout(this.#timer);
    if (card) this.#timer = setTimeout(() => this.#lay(card), LAY_MS);
  }

  /** Show an empty state instead of a card. */
  showEmptyState(node) {
    const index = this.#leave();
    this.#kept = index;
    clearTimeout(this.#timer);
    this.#put(node);
    if (index >= 0) node.querySelector(CONTROLS)?.focus();
  }

  /** Return the index of the focused control, or the one before an empty state came in between. */
  #leave() {
    const kept = this.#kept;
    this.#kept = -1;
    const { activeElement } = document;
    const isElsewhere = activeElement !== document.body && !this.#top.contains(activeElement);
    return kept < 0 || isElsewhere ? focusIndex(this.#top) : kept;
  }

  #put(node) {
    const before = this.#top;
    node.inert = false;
    node.id = "card";
    if (node.parentNode !== this.#root) this.#root.append(node);
    for (const other of [before, this.#under]) {
      if (other && other !== node) other.remove();
    }
    if (before && before !== node) before.removeAttribute("id");
    this.#top = node;
    this.#under = null;
  }

  async #lay(card) {
    const top = this.#top;
    await card.load();
    if (this.#top !== top || card.node === top || card.node === this.#under) return;
    card.node.inert = true;
    card.node.removeAttribute("id");
    this.#root.append(card.node);
    this.#under = card.node;
  }
}
