/**
 * A text in which words, or characters, are selected: a pointer or finger presses one or drags across several, arrows go
 * from one to the next. Positions count UTF-16 units, as the browser does.
 */

/** Return the units of a text that can be seen, as `[{start, end}]`; `granularity` is "word" or "grapheme". */
export function split(text, granularity) {
  return [...new Intl.Segmenter(undefined, { granularity }).segment(text)]
    .filter(({ segment }) => segment.trim())
    .map(({ index, segment }) => ({ start: index, end: index + segment.length }));
}

/** Return the boxes of a part of the text on a surface, one for each line that it is on. */
function boxes(surface, { start, end }) {
  const range = document.createRange();
  for (const piece of surface.children) {
    const first = Number(piece.dataset.start);
    const last = first + piece.textContent.length;
    if (first <= start && start < last) range.setStart(piece.firstChild, start - first);
    if (first < end && end <= last) range.setEnd(piece.firstChild, end - first);
  }
  return [...range.getClientRects()];
}

/** Return which of the units is at a point; if `isNear` is set, at least the last one before it. Without one, -1. */
function findUnit(surface, units, { clientX: x, clientY: y }, isNear) {
  const index = indexAt(surface, x, y);
  const near = units.findLastIndex(({ start }) => start <= index);
  const holds = ({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom;
  const found = [near, near - 1].find((at) => units[at] && boxes(surface, units[at]).some(holds));
  return found ?? (isNear ? near : -1);
}

/** Return where in the text of a surface a point is, or -1. */
function indexAt(surface, x, y) {
  const at = document.caretPositionFromPoint?.(x, y) ?? document.caretRangeFromPoint?.(x, y);
  const piece = (at?.offsetNode ?? at?.startContainer)?.parentNode;
  if (piece?.parentNode !== surface) return -1;
  return Number(piece.dataset.start) + (at.offset ?? at.startOffset);
}

export class TextSurface {
  #units = {};
  // The first and the last unit that are selected, in either order.
  #anchor = 0;
  #caret = 0;
  #isDragging = false;

  /**
   * Show `text` in `element` for an `owner`, who says with `granularity` what the units are, with `edges` where pieces of
   * the text end, and with `dress(piece, part)` how each looks. The owner is told of `press(part)`, what a pointer has
   * selected, of `select(part)` by arrows, and of `type(event, part)`, any other key; it returns whether it took the key.
   */
  constructor(element, text, owner) {
    Object.assign(this, { element, text, owner });
    const on = (types, hear) => types.split(" ").forEach((type) => element.addEventListener(type, hear));
    // A hotkey leads here; a pointer leaves the focus to the page, whose keys go on working. With Alt, it copies.
    on("click", ({ detail }) => detail || element.focus());
    on("mousedown", (event) => event.altKey || event.preventDefault());
    on("pointerdown pointermove", (event) => this.#point(event));
    on("pointerup pointercancel", ({ type }) => this.#release(type));
    on("keydown", (event) => this.#type(event));
    on("focus blur", () => this.show());
    this.show();
  }

  get units() {
    const { granularity } = this.owner;
    this.#units[granularity] ??= split(this.text, granularity);
    return this.#units[granularity];
  }

  /** The part that is selected; `isOne` says that it is a single unit. */
  get selection() {
    const [first, last] = [this.#anchor, this.#caret].sort((one, two) => one - two);
    return { start: this.units[first]?.start ?? 0, end: this.units[last]?.end ?? 0, isOne: first === last };
  }

  /** Select another unit, or everything up to it. */
  select(unit, isExtended) {
    this.#caret = Math.max(0, Math.min(unit, this.units.length - 1));
    if (!isExtended) this.#anchor = this.#caret;
    this.show();
  }

  /** Show the text as its owner says that it is now. */
  show() {
    const isLive = this.#isDragging || this.element === document.activeElement;
    const { start, end } = isLive ? this.selection : {};
    const caret = isLive ? this.units[this.#caret]?.start : 0;
    const cuts = new Set([0, start ?? 0, end ?? 0, caret ?? 0, ...this.owner.edges, this.text.length]);
    const edges = [...cuts].sort((one, two) => one - two);
    const pieces = edges.slice(1).map((edge, at) => {
      const part = { start: edges[at], end: edge };
      const piece = document.createElement("span");
      piece.textContent = this.text.slice(part.start, edge);
      piece.dataset.start = part.start;
      piece.toggleAttribute("data-selected", start <= part.start && edge <= end);
      piece.toggleAttribute("data-caret", isLive && part.start === caret);
      this.owner.dress(piece, part);
      return piece;
    });
    this.element.replaceChildren(...pieces);
  }

  #point(event) {
    const isDown = event.type === "pointerdown";
    if (isDown ? event.altKey || event.button : !this.#isDragging) return;
    const unit = findUnit(this.element, this.units, event, !isDown);
    if (unit < 0 || (!isDown && unit === this.#caret)) return;
    if (isDown) this.element.setPointerCapture(event.pointerId);
    this.#isDragging = true;
    this.select(unit, !isDown || event.shiftKey);
  }

  #release(type) {
    if (!this.#isDragging) return;
    this.#isDragging = false;
    if (type === "pointerup") this.owner.press(this.selection);
    this.show();
  }

  #type(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const unit = this.#next(event.key);
    if (unit !== null) {
      this.select(unit, event.shiftKey);
      this.element.querySelector("[data-caret]")?.scrollIntoView({ block: "nearest" });
      this.owner.select(this.selection);
    } else if (event.key === "Escape") this.element.blur();
    else if (!this.owner.type(event, this.selection)) return;
    event.preventDefault();
  }

  /** Return the unit to which a key leads, or null. */
  #next(key) {
    const { direction, lineHeight } = getComputedStyle(this.element);
    const forward = direction === "rtl" ? -1 : 1;
    const steps = { ArrowRight: forward, ArrowLeft: -forward, Home: -Infinity, End: Infinity };
    if (key in steps) return this.#caret + steps[key];
    const lines = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (!lines || !this.units.length) return null;
    const [box] = boxes(this.element, this.units[this.#caret]);
    const point = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 + lines * parseFloat(lineHeight) };
    const unit = findUnit(this.element, this.units, point, true);
    return unit < 0 ? this.#caret : unit;
  }
}
