/** Another image in the place of the first: as long as a key is held, or until one is chosen. */

export class Overlay {
  #seen;
  #frames = [];
  #slot = 0;
  #isHeld = false;

  /** `seen(slot)` hears whose image is in the first place: with slot 0, each is in its own. */
  constructor(seen) {
    this.#seen = seen;
  }

  /** Leave the images before as they were, and turn to these, or to none. */
  show(images) {
    if (this.#shown) this.choose(0);
    this.#frames = images ? [...images.querySelectorAll(".frame")] : [];
    this.#slot = 0;
    this.#isHeld = false;
  }

  get count() {
    return this.#frames.length;
  }

  /** Show the image of a slot in the first place; beyond the ends, the one that is nearest. */
  choose(slot) {
    this.#slot = Math.max(0, Math.min(slot, this.count - 1));
    this.#paint();
  }

  /** Show the image after the one that is in the first place, and after the last the first again. */
  turn() {
    this.choose(this.#following);
  }

  /** Go on or back by one slot. */
  step(isOn) {
    this.choose(this.#slot + (isOn ? 1 : -1));
  }

  /** Show the next image while this is true. */
  hold(isHeld) {
    this.#isHeld = isHeld;
    this.#paint();
  }

  /** Lay the one exactly over the other, wherever the two are now. */
  place() {
    if (!this.#shown) return;
    const lifted = this.#frames[this.#shown];
    const [to, from] = [this.#frames[0], lifted].map((frame) => frame.getBoundingClientRect());
    lifted.style.setProperty("--over-x", `${to.x - from.x}px`);
    lifted.style.setProperty("--over-y", `${to.y - from.y}px`);
  }

  get #following() {
    return (this.#slot + 1) % Math.max(this.count, 1);
  }

  get #shown() {
    return this.#isHeld ? this.#following : this.#slot;
  }

  #paint() {
    const shown = this.#shown;
    this.#frames.forEach((frame, slot) => frame.toggleAttribute("data-lifted", slot > 0 && slot === shown));
    this.place();
    this.#seen(shown);
  }
}
