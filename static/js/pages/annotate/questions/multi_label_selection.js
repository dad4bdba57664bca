/** Several labels. */

import { releaseFocus } from "../radios.js";

export function read(texts) {
  return texts;
}

export function enhance(question) {
  releaseFocus(question);
  const group = question.querySelector("[data-needs-one]");
  if (!group) return;
  needOne(group);
  group.addEventListener("change", () => needOne(group));
}

/** Ask for one tick at least, as `required` does for radio buttons. */
function needOne(group) {
  const [first, ...others] = group.querySelectorAll("input");
  const isTicked = first.checked || others.some((input) => input.checked);
  first.setCustomValidity(isTicked ? "" : "Please choose at least one.");
}
