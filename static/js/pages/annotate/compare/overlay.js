/** The second picture in the place of the first: as long as a key is held, or until a button takes it back. */

export class Overlay {
  #buttons;
  #pair = null;
  #isOn = false;
  #isHeld = false;

  /** `buttons` show the state: each names, in data-over, the state in which it is pressed. */
  constructor(buttons) {
    this.#buttons = buttons;
  }

  show(pair) {
    if (this.#isOn || this.#isHeld) {
      this.#isHeld = false;
      this.turn(false);
    }
    this.#pair = pair;
  }

  turn(isOn = !this.#isOn) {
    this.#isOn = isOn;
    this.#paint();
  }

  /** Show the other picture of the two while this is true. */
  hold(isHeld) {
    this.#isHeld = isHeld;
    this.#paint();
  }

  /** Lay the one exactly over the other, wherever the two are now. */
  place() {
    if (!this.#pair?.hasAttribute("data-over")) return;
    const [first, second] = [...this.#pair.querySelectorAll(".frame")].map((frame) => frame.getBoundingClientRect());
    this.#pair.style.setProperty("--over-x", `${first.x - second.x}px`);
    this.#pair.style.setProperty("--over-y", `${first.y - second.y}px`);
  }

  #paint() {
    if (!this.#pair) return;
    const isOver = this.#isOn !== this.#isHeld;
    this.#pair.toggleAttribute("data-over", isOver);
    this.place();
    for (const button of this.#buttons) button.ariaPressed = String(isOver) === button.dataset.over;
  }
}
