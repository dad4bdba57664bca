/** Radio buttons and boxes to tick. */

/** A tick by pointer leaves the focus to the page, whose keys then go on working. */
export function releaseFocus(question) {
  question.addEventListener("click", ({ target, detail }) => {
    if (target.matches("input") && detail > 0) target.blur();
  });
}
