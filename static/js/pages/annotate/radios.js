/** Choices: a group of buttons is one stop for Tab, and arrows go from one to the next without choosing. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Let a group's tab stop be the choice with the focus, or the one that is chosen, or the first. */
function stop(choices, at) {
  for (const choice of choices) choice.tabIndex = choice === at ? 0 : -1;
}

export function rove(node) {
  const choices = [...node.querySelectorAll("[data-choice]")];
  if (!choices.length) return;
  stop(choices, choices.find((choice) => choice.ariaChecked === "true") ?? choices[0]);
  node.addEventListener("focusin", ({ target }) => choices.includes(target) && stop(choices, target));
  node.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const place = choices.indexOf(event.target);
    if (!step || place < 0) return;
    event.preventDefault();
    choices[(place + step + choices.length) % choices.length].focus();
  });
}

/** A tick by pointer leaves the focus to the page, whose keys then go on working. */
export function releaseFocus(question) {
  question.addEventListener("click", ({ target, detail }) => {
    if (target.matches("input") && detail > 0) target.blur();
  });
}
