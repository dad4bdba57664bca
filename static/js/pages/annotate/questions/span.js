/** Marks in the text of a field. The form counts characters, the page UTF-16 units, as the browser does. */

import { Marks, isTouching, isWithin } from "../marks.js";
import { TextSurface } from "../text_surface.js";
import { releaseFocus } from "../radios.js";

const LINE = /(.+?): *(\d+)-(\d+) *(?:\n+|$)/gs;
const COLOURS = 8;

/** Read a line "label: start-end" for each mark; other text says that there is none. */
export function read(texts) {
  const toMark = ([, label, start, end]) => ({ label, start: Number(start), end: Number(end) });
  return [...texts.join("\n").matchAll(LINE)].map(toMark);
}

export function enhance(question, form) {
  releaseFocus(question);
  const box = question.querySelector("[data-marking]");
  const part = box && form.querySelector(`[data-field="${CSS.escape(box.dataset.of)}"]`);
  if (part) new Marking(question, box, part);
}

class Marking {
  constructor(question, box, part) {
    for (const name of ["bar", "text", "characters", "lines", "list", "row", "said", "nothing"]) {
      this[name] = question.querySelector(`[data-${name}]`);
    }
    this.inputs = [...this.bar.querySelectorAll("[type=radio]")];
    this.source = JSON.parse(box.dataset.source);
    const characters = [...this.source];
    const toUnits = (at) => characters.slice(0, at).join("").length;
    const placed = (mark) => ({ ...mark, start: toUnits(mark.start), end: toUnits(mark.end) });
    this.marks = new Marks(read([this.lines.value]).map(placed), "overlapping" in box.dataset);
    this.suggestions = JSON.parse(box.dataset.suggestions).map(placed);
    part.querySelector(".part__text, .prose").hidden = true;
    for (const one of box.querySelectorAll("[data-scripted]")) one.hidden = !one.hidden;
    part.append(this.bar, this.text);
    for (const { value, parentNode } of this.inputs) this.#paint(parentNode, value);
    this.surface = new TextSurface(this.text, this.source, this);
    releaseFocus(this.bar);
    this.nothing.addEventListener("change", () => this.#show());
    this.characters.addEventListener("change", () => this.surface.select(0));
    this.#show();
  }

  /** The suggestions that are not accepted. */
  get open() {
    return this.suggestions.filter((one) => !this.marks.has(one));
  }

  get granularity() {
    return this.characters.checked ? "grapheme" : "word";
  }

  get edges() {
    return [...this.marks.list, ...this.open].flatMap(({ start, end }) => [start, end]);
  }

  /** Colour a piece of the text, and name what ends with it. */
  dress(piece, part) {
    const marks = this.marks.list.filter((mark) => isWithin(part, mark));
    const all = marks.length ? marks : this.open.filter((one) => isWithin(part, one));
    if (!all.length) return;
    piece.className = marks.length ? "marking__mark" : "marking__open";
    for (const [at, name] of [[-1, "--mark"], [0, "--below"]]) this.#paint(piece, all.at(at).label, name);
    piece.dataset.names = all.filter(({ end }) => end === part.end).map(({ label }) => this.#name(label)).join(", ");
  }

  /** Tell those who do not see it what is selected, and how it is marked. */
  select(part) {
    const labels = this.marks.list.filter((mark) => isTouching(mark, part)).map(({ label }) => this.#name(label));
    this.said.textContent = [this.source.slice(part.start, part.end), ...labels].join(", ");
  }

  /** Mark a part. A unit that is marked already changes its label, or loses it; a suggestion is accepted. */
  press(part) {
    if (part.start === part.end) return;
    const { marks } = this;
    const label = this.inputs.find(({ checked }) => checked).value;
    const mark = part.isOne && marks.find(part, label);
    if (mark?.label === label) marks.remove(mark);
    else if (mark) marks.add({ ...mark, label });
    else marks.add((part.isOne && this.open.find((one) => isTouching(one, part))) || { ...part, label });
    this.#changed();
  }

  type({ key, code }, part) {
    const input = this.inputs[/^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] - 1];
    if (input) input.checked = true;
    if (input || key === "Enter") this.press(part);
    else if (key === "Delete" || key === "Backspace") this.#remove(this.marks.find(part));
    else return false;
    this.select(part);
    return true;
  }

  #remove(mark) {
    this.marks.remove(mark);
    this.#changed();
  }

  #changed() {
    this.nothing.checked = false;
    this.surface.show();
    this.#show();
  }

  /** Show in the form what is marked in the text, and let it ask for marks, or for the word that there are none. */
  #show() {
    const toCharacters = (at) => [...this.source.slice(0, at)].length;
    const { nothing, marks: { list } } = this;
    const toLine = ({ label, start, end }) => `${label}: ${toCharacters(start)}-${toCharacters(end)}`;
    this.lines.value = list.map(toLine).join("\n");
    this.list.replaceChildren(...[...list, ...this.open].map((mark) => this.#row(mark)));
    nothing.disabled = list.length > 0;
    const isMissing = "needed" in nothing.dataset && !list.length && !nothing.checked;
    nothing.setCustomValidity(isMissing ? "Mark something in the text, or tick this box." : "");
  }

  /** Return a line of the list: a mark or a suggestion, and the button that removes the one or accepts the other. */
  #row(mark) {
    const row = this.row.content.firstElementChild.cloneNode(true);
    const [name, quote, hint, button] = row.children;
    this.#paint(row, mark.label);
    name.textContent = this.#name(mark.label);
    quote.textContent = this.source.slice(mark.start, mark.end);
    hint.hidden = !mark.hint;
    hint.querySelector(".hint__word").textContent = mark.hint;
    button.textContent = mark.hint ? "Accept" : "Remove";
    button.ariaLabel = [button.textContent, name.textContent, quote.textContent].join(" ");
    button.addEventListener("click", ({ detail }) => {
      const at = [...this.list.children].indexOf(row);
      if (mark.hint) this.marks.add(mark);
      this.#remove(mark);
      // The keyboard goes on where the button was.
      if (!detail) (this.list.querySelectorAll("button")[at] ?? this.nothing).focus();
    });
    return row;
  }

  #name(label) {
    return this.inputs.find(({ value }) => value === label)?.nextElementSibling.textContent ?? label;
  }

  #paint(element, label, property = "--mark") {
    const number = this.inputs.findIndex(({ value }) => value === label) % COLOURS;
    element.style.setProperty(property, `var(--label-${number + 1})`);
  }
}
