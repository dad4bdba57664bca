/** A form of several questions: what the browser does not know about its inputs by itself. */

const TICKED = "input[type=radio], input[type=checkbox]";

/** Ask for one tick at least, as `required` does for radio buttons. */
function needOne(group) {
  const [first, ...others] = group.querySelectorAll("input");
  const isTicked = first.checked || others.some((input) => input.checked);
  first.setCustomValidity(isTicked ? "" : "Please choose at least one.");
}

/** A tick by pointer leaves the focus to the page, whose keys then go on working. */
function releaseFocus(event) {
  if (event.target.matches(TICKED) && event.detail > 0) event.target.blur();
}

export function guide(form) {
  for (const group of form.querySelectorAll("[data-needs-one]")) {
    needOne(group);
    group.addEventListener("change", () => needOne(group));
  }
  form.addEventListener("click", releaseFocus);
}
