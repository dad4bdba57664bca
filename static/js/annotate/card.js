/** A card: a record's form, what became of it, and its pictures. */

import { release, restore, settle } from "./pictures.js";
import { guide } from "./questions.js";
import { rove } from "./radios.js";
import { toValues } from "./values.js";

/** Return the form that a piece of the server's HTML holds. */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return document.importNode(template.content.firstElementChild, true);
}

export class Card {
  #ready = null;

  /** `source` is a form of this page, or its HTML. */
  constructor(source) {
    this.node = typeof source === "string" ? parse(source) : source;
    this.revision = Number(this.node.dataset.revision);
    guide(this.node);
    rove(this.node);
  }

  get record() {
    return this.node.dataset.record;
  }

  get swapped() {
    return this.node.elements.swapped.value === "1";
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

  get choices() {
    return [...this.node.querySelectorAll("[data-choice]")];
  }

  /** What was answered, as the person read it. */
  get words() {
    const chosen = this.choices.find((choice) => choice.ariaChecked === "true");
    const texts = Object.values(this.values).map(({ value }) => JSON.stringify(value));
    return chosen?.querySelector("[dir=auto]").textContent ?? texts.join(", ");
  }

  get isDecided() {
    const { choices } = this;
    return !choices.length || choices.some((choice) => choice.ariaChecked === "true");
  }

  choose(chosen) {
    for (const choice of this.choices) choice.ariaChecked = String(choice === chosen);
    this.node.querySelector("input[name=choice]").value = chosen.value;
  }

  /** Fetch and decode the pictures; resolve when each is there, or will not come. */
  load() {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  async #load() {
    this.frames.forEach(restore);
    await Promise.all(this.frames.map((frame) => settle(frame)));
    this.node.dispatchEvent(new CustomEvent("loaded", { bubbles: true }));
  }

  release() {
    if (!this.#ready) return;
    this.#ready = null;
    this.frames.forEach(release);
  }

  /** What the form says, as it is stored. */
  get values() {
    return toValues([...this.node.querySelectorAll("[data-question]")].map((element) => this.#given(element)));
  }

  #given(question) {
    const inputs = question.matches("input") ? [question] : [...question.querySelectorAll("[name]")];
    const names = new Set(inputs.map(({ name }) => name));
    const texts = [...names].flatMap((name) => new FormData(this.node).getAll(name));
    const { question: name, kind } = question.dataset;
    return { name, kind, texts };
  }
}
