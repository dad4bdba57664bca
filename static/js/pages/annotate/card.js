/** A card: a record's form, its state, and its pictures. */

import { isThere, release, restore, settle } from "./pictures.js";
import { enhance, toValues } from "./questions.js";
import { rove } from "./radios.js";

/** Return the form that a piece of the server's HTML holds. */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return document.importNode(template.content.firstElementChild, true);
}

export class Card {
  #ready = null;
  /** When the last of the pictures was there, in ms. */
  picturesAt = Infinity;

  /** `source` is a form of this page, or its HTML. */
  constructor(source) {
    this.node = typeof source === "string" ? parse(source) : source;
    this.revision = Number(this.node.dataset.revision);
    enhance(this.node);
    rove(this.node);
    this.node.addEventListener("recovered", () => this.#look());
    this.#look();
  }

  get record() {
    return this.node.dataset.record;
  }

  /** The number of the image in each slot, or nothing if there are no images. */
  get shownOrder() {
    const { value } = this.node.elements.shown_order;
    return value ? value.split(",").map(Number) : null;
  }

  /** The prompt, or whatever text comes first. */
  get title() {
    const text = this.node.querySelector(".prompt__text, .part__text");
    return text?.textContent.trim().slice(0, 200) ?? "";
  }

  /** "" until there is an answer. */
  get status() {
    return this.node.dataset.status;
  }

  set status(status) {
    this.node.dataset.status = status;
  }

  get frames() {
    return [...this.node.querySelectorAll("[data-frame]")];
  }

  /** "loading", "missing" (one will not come for the moment) or "shown": only then is there something to judge. */
  get pictures() {
    return this.node.dataset.pictures;
  }

  /** The numbers, in the record's own order from 1, of the pictures that do not load. */
  get missing() {
    const order = this.shownOrder ?? [];
    const failed = [...this.frames.keys()].filter((slot) => this.frames[slot].matches(".frame--failed"));
    return failed.map((slot) => order[slot] ?? slot + 1).sort((a, b) => a - b);
  }

  /** Whether the server has said that this window, and no other, shows the record. */
  get isOurs() {
    return this.node.dataset.unconfirmed === undefined;
  }

  confirm() {
    delete this.node.dataset.unconfirmed;
  }

  get choices() {
    return [...this.node.querySelectorAll("[data-choice]")];
  }

  get isDecided() {
    return !this.choices.length || this.choice !== "";
  }

  /** The value of the choice, where there are choices. */
  get choice() {
    return this.node.querySelector("input[name=choice]")?.value;
  }

  /** Choose, and let it be seen. */
  set choice(value) {
    if (!this.choices.length) return;
    this.node.querySelector("input[name=choice]").value = value;
    for (const choice of this.choices) choice.ariaChecked = String(choice.value === value);
  }

  /** Fetch and decode the pictures; resolve when each is there, or will not come. */
  load() {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  async #load() {
    this.frames.forEach(restore);
    await Promise.all(this.frames.map((frame) => settle(frame)));
    this.#look();
    this.node.dispatchEvent(new CustomEvent("loaded", { bubbles: true }));
  }

  /** Fetch those pictures once more that do not load. */
  async retry() {
    await Promise.all(this.frames.filter((frame) => !isThere(frame)).map((frame) => settle(frame, [1])));
    this.#look();
  }

  #look() {
    const isFailed = this.frames.some((frame) => frame.matches(".frame--failed"));
    const before = this.pictures;
    this.node.dataset.pictures = isFailed ? "missing" : this.frames.every(isThere) ? "shown" : "loading";
    if (this.pictures === "shown" && before !== "shown") this.picturesAt = performance.now();
  }

  release() {
    if (!this.#ready) return;
    this.#ready = null;
    this.frames.forEach(release);
    this.#look();
  }

  /** Return what the form says with this choice: `values` as they are stored, `words` as the person read them. */
  read(choice = this.choice) {
    const questions = [...this.node.querySelectorAll("[data-question]")];
    const values = toValues(questions.map((question) => this.#given(question, choice)));
    const chosen = this.choices.find(({ value }) => value === choice);
    const texts = Object.values(values).map(({ value }) => JSON.stringify(value));
    return { values, words: chosen?.querySelector("[dir=auto]").textContent ?? texts.join(", ") };
  }

  #given(question, choice) {
    const { question: name, type } = question.dataset;
    if (question.matches("input")) return { name, type, texts: [choice] };
    const names = new Set([...question.querySelectorAll("[name]")].map((input) => input.name));
    const form = new FormData(this.node);
    return { name, type, texts: [...names].flatMap((input) => form.getAll(input)) };
  }
}
