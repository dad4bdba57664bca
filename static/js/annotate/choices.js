/** Choosing and submitting: at once, or first the one and then, by Enter, the other. */

/**
 * Watch `root`, where the card on top is `top()`; `answer(status, choice)` takes what was submitted, if the page can keep
 * it (`keeps()`) and somebody can have seen the card (`isSeen()`).
 */
export function watch(root, { top, withEnter, keeps, isSeen, answer }) {
  const submit = root.querySelector("[data-submit]");

  root.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choice]");
    if (!choice || !withEnter()) return;
    event.preventDefault();
    top().choice = choice.value;
  });

  // Enter on the choice that is selected already goes on; on any other control it does what it always does.
  root.addEventListener("keydown", (event) => {
    const isChosen = event.target.closest("[data-choice][aria-checked=true]");
    if (event.key !== "Enter" || event.repeat || !isChosen || !withEnter()) return;
    event.preventDefault();
    submit.click();
  });

  root.addEventListener("submit", (event) => {
    const card = top();
    const { submitter } = event;
    if (event.target !== card?.node || !keeps()) return;
    event.preventDefault();
    if (!isSeen() || (submitter === submit && !card.isDecided)) return;
    const choice = submitter?.matches("[data-choice]") ? submitter.value : card.choice;
    answer(submitter?.name === "status" ? submitter.value : "submitted", choice);
  });
}
