/** Marks in a text, `{label, start, end}`: which there are, and which give way to others. */

/** Say whether a part lies within another one. */
export function isWithin(one, two) {
  return two.start <= one.start && one.end <= two.end;
}

/** Say whether two parts have something in common. */
export function isTouching(one, two) {
  return one.start < two.end && two.start < one.end;
}

export class Marks {
  /** `list` holds the marks in their order; of two that start together, the longer one comes first. */
  constructor(list, isOverlapping) {
    Object.assign(this, { list, isOverlapping });
    this.#sort();
  }

  #sort() {
    this.list.sort((one, two) => one.start - two.start || two.end - one.end);
  }

  /** Add a mark; those of its label that it covers go, or all that it touches if none may overlap. */
  add({ label, start, end }) {
    const mark = { label, start, end };
    const isGone = (one) => (this.isOverlapping ? one.label === label && isWithin(one, mark) : isTouching(one, mark));
    this.list = [...this.list.filter((one) => !isGone(one)), mark];
    this.#sort();
  }

  remove(mark) {
    this.list = this.list.filter((one) => one !== mark);
  }

  has(mark) {
    return this.list.some((one) => one.label === mark.label && one.start === mark.start && one.end === mark.end);
  }

  /** Return the last mark in a part, and, where marks may overlap, of this label. */
  find(part, label) {
    return this.list.findLast((mark) => isTouching(mark, part) && !(label && this.isOverlapping && mark.label !== label));
  }
}
