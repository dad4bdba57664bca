/** The form: one answer, once; chosen and submitted at once, or chosen first and then submitted by Enter. */

/** Watch a form; `withEnter()` says which of the two ways, `paintedAt()` when the pictures were on screen. */
export function watch(form, { withEnter, paintedAt }) {
  const choices = [...form.querySelectorAll("[data-choice]")];
  const submit = form.querySelector("[data-submit]");
  let isSent = false;

  function press(chosen) {
    for (const choice of choices) choice.setAttribute("aria-pressed", choice === chosen);
  }

  function select(choice) {
    press(choice);
    form.querySelector("input[name=choice]").value = choice.value;
  }

  form.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choice]");
    if (!choice || !withEnter()) return;
    event.preventDefault();
    select(choice);
  });

  // Enter on the choice that is selected already goes on; on any other control it does what it always does.
  form.addEventListener("keydown", (event) => {
    const isSelected = event.target.closest("[data-choice][aria-pressed=true]");
    if (event.key !== "Enter" || event.repeat || !isSelected || !withEnter()) return;
    event.preventDefault();
    submit.click();
  });

  form.addEventListener("submit", (event) => {
    const isUndecided = choices.length && event.submitter === submit && !choices.some(isPressed);
    if (isSent || isUndecided) {
      event.preventDefault();
      return;
    }
    isSent = true;
    if (event.submitter?.matches("[data-choice]")) press(event.submitter);
    if (paintedAt()) form.elements.duration_ms.value = Math.round(performance.now() - paintedAt());
  });

  // A page that the browser brings back from its memory can be answered again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) isSent = false;
  });
}

function isPressed(choice) {
  return choice.getAttribute("aria-pressed") === "true";
}
