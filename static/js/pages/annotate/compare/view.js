/** One view of all images: how near they are, and which part of them is seen. */

import { FIT, actual, align, clamp, isAlike, reach, scales, step, zoomAt } from "./geometry.js";

const MIDDLE = { x: 0, y: 0 };

function isExact({ zoom, isSame }, room) {
  return isSame && Math.abs(zoom / actual(room).zoom - 1) < 1e-6;
}

export class View {
  #readout;
  #images = null;
  #room = null;
  #view = FIT;

  constructor(readout) {
    this.#readout = readout;
  }

  /** Leave the images before as they were, and look at all of these, or at none. */
  show(images) {
    if (!this.#isFit) this.#change(FIT);
    this.#images = images;
    this.#room = null;
  }

  /** Take notice of the room; what was looked at closely stays as large as it is. */
  enter(room) {
    const before = this.#room;
    this.#room = room;
    if (!before || this.#isFit) return;
    const factor = scales(this.#view, before)[0] / scales(this.#view, room)[0];
    this.#change({ ...this.#view, zoom: this.#view.zoom === 1 ? 1 : step(this.#view, factor, room) });
  }

  get #isFit() {
    const { zoom, isSame, x, y } = this.#view;
    return zoom === 1 && !isSame && x === 0 && y === 0;
  }

  /** Whether there is more of the pictures than is seen. */
  get isNear() {
    if (!this.#room) return false;
    const { x, y } = reach(this.#view, this.#room);
    return this.#view.zoom > 1 || x > 0 || y > 0;
  }

  zoomBy(factor, point = MIDDLE) {
    if (this.#room) this.#change(zoomAt(this.#view, step(this.#view, factor, this.#room), point));
  }

  /** Show all of the images; those of unlike sizes, asked for again, at one scale. */
  fit() {
    const isSame = this.#isFit && Boolean(this.#room) && !isAlike(this.#room);
    this.#change({ ...FIT, isSame });
  }

  /** Show every pixel of the pictures as one of the screen. */
  actual() {
    if (this.#room) this.#change(actual(this.#room));
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
    const exact = isExact(this.#view, room);
    const view = exact ? align(this.#view, room) : this.#view;
    const drawn = scales(view, room);
    room.images.forEach((image, number) => image.style.setProperty("--scale", drawn[number]));
    const { style } = this.#images;
    style.setProperty("--x", `${room.box.width / 2 + view.x}px`);
    style.setProperty("--y", `${room.box.height / 2 + view.y}px`);
    this.#images.toggleAttribute("data-zoomed", !this.#isFit);
    this.#images.toggleAttribute("data-near", this.isNear);
    const percent = Math.round(Math.min(...drawn) * room.ratio * 100);
    // Pixels are shown as they are where one lies on one, and where they are large enough to be seen.
    this.#images.toggleAttribute("data-pixels", !this.#isFit && (exact || percent >= 300));
    this.#readout.textContent = this.#describe(percent);
  }

  #describe(percent) {
    const { zoom, isSame } = this.#view;
    if (zoom === 1) return isSame ? "Same" : "Fit";
    return isSame || isAlike(this.#room) ? `${percent}\u00a0%` : `×\u00a0${zoom.toFixed(1)}`;
  }
}
