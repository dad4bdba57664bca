/** The buttons that choose one image of several: one for each slot. */

export class Slots {
  #strip;
  #pressed = 0;

  /** `strip` has the first of the buttons. */
  constructor(strip) {
    this.#strip = strip;
  }

  /** Show `count` buttons, at least one. */
  show(count) {
    const strip = this.#strip;
    while (strip.childElementCount > Math.max(count, 1)) strip.lastElementChild.remove();
    for (let slot = strip.childElementCount; slot < count; slot += 1) {
      const button = strip.firstElementChild.cloneNode(true);
      button.dataset.slot = slot;
      button.ariaPressed = "false";
      button.lastChild.textContent = slot + 1;
      strip.append(button);
    }
  }

  /** Show which slot's image is seen. */
  press(slot) {
    if (slot === this.#pressed) return;
    this.#pressed = slot;
    for (const button of this.#strip.children) button.ariaPressed = String(Number(button.dataset.slot) === slot);
    this.#strip.children[slot].scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
