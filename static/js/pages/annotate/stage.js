/** The place where one card lies on top, and the next one under it, painted already. */

// Painting what comes next can wait until what has just come is on screen.
const LAY_MS = 80;
const CONTROLS = "button, input, select, textarea, a[href], [tabindex='0']";

/** Return which control of a card somebody is at with the keyboard; what a pointer left behind does not count. */
function placeOfFocus(node) {
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

  /** Put a card on top, at once; then `following` under it, as soon as it has its pictures. */
  show(card, following) {
    const place = this.#leave();
    this.#put(card.node);
    card.node.querySelectorAll(CONTROLS)[place]?.focus();
    card.node.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
    this.lay(following);
  }

  /** Put a card under the one on top, when it is ready and nothing else is to be painted. */
  lay(card) {
    clearTimeout(this.#timer);
    if (card) this.#timer = setTimeout(() => this.#lay(card), LAY_MS);
  }

  /** Show something else instead: why there is no card. */
  showEmptyState(node) {
    const place = this.#leave();
    this.#kept = place;
    clearTimeout(this.#timer);
    this.#put(node);
    if (place >= 0) node.querySelector(CONTROLS)?.focus();
  }

  /** Return at which control of a card somebody is, or was before an empty state came in between. */
  #leave() {
    const kept = this.#kept;
    this.#kept = -1;
    const { activeElement } = document;
    const isElsewhere = activeElement !== document.body && !this.#top.contains(activeElement);
    return kept < 0 || isElsewhere ? placeOfFocus(this.#top) : kept;
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
