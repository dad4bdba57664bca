/** One view of both pictures: how near they are, and which part of them is seen. */

import { FIT, actual, align, clamp, step, zoomAt } from "./geometry.js";

const MIDDLE = { x: 0, y: 0 };

function isExact(view, room) {
  return Math.abs(view.zoom / actual(room) - 1) < 1e-6;
}

export class View {
  #readout;
  #pair = null;
  #room = null;
  #view = FIT;

  constructor(readout) {
    this.#readout = readout;
  }

  /** Leave the pair before as it was, and look at all of this one, or at none. */
  show(pair) {
    if (this.#view.zoom !== 1) this.#change(FIT);
    this.#pair = pair;
    this.#room = null;
  }

  /** Take notice of the room; what was looked at closely stays as large as it is. */
  enter(room) {
    const before = this.#room;
    this.#room = room;
    if (!before || this.#view.zoom === 1) return;
    this.#change({ ...this.#view, zoom: step(this.#view.zoom, before.scale / room.scale, room) });
  }

  get isNear() {
    return this.#view.zoom > 1;
  }

  zoomBy(factor, point = MIDDLE) {
    if (this.#room) this.#change(zoomAt(this.#view, step(this.#view.zoom, factor, this.#room), point));
  }

  fit() {
    this.#change(FIT);
  }

  /** Show every pixel of the pictures as one of the screen. */
  actual() {
    if (this.#room) this.#change(zoomAt(this.#view, actual(this.#room), MIDDLE));
  }

  pan(x, y) {
    if (this.isNear) this.#change({ ...this.#view, x: this.#view.x + x, y: this.#view.y + y });
  }

  #change(view) {
    if (!this.#room) return;
    this.#view = clamp(view, this.#room);
    this.#paint();
  }

  #paint() {
    const room = this.#room;
    const isFit = this.#view.zoom === 1;
    const exact = isExact(this.#view, room);
    const { zoom, x, y } = exact ? align(this.#view, room) : this.#view;
    const scale = zoom * room.scale;
    const percent = Math.round(scale * room.ratio * 100);
    const { style } = this.#pair;
    style.setProperty("--scale", scale);
    style.setProperty("--x", `${room.box.width / 2 + x}px`);
    style.setProperty("--y", `${room.box.height / 2 + y}px`);
    this.#pair.toggleAttribute("data-zoomed", !isFit);
    this.#pair.toggleAttribute("data-near", this.isNear);
    // Pixels are shown as they are where one lies on one, and where they are large enough to be seen.
    this.#pair.toggleAttribute("data-pixels", !isFit && (exact || percent >= 300));
    this.#readout.textContent = isFit ? "Fit" : `${percent}\u00a0%`;
  }
}
