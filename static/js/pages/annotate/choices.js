/** Choosing and submitting: at once, or first the one and then, by Enter, the other. */

/**
 * Watch `root`, where the card on top is `top()`. What the person cannot have seen (`isSeen(status)`) is not submitted.
 * `answer(status, choice)` takes what is, or the server does, where the page cannot keep it (`keeps()`).
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
    if (event.target !== card?.node) return;
    const status = submitter?.name === "status" ? submitter.value : "submitted";
    const isReady = isSeen(status) && (submitter !== submit || card.isDecided);
    if (isReady && !keeps()) return;
    event.preventDefault();
    if (!isReady) return;
    answer(status, submitter?.matches("[data-choice]") ? submitter.value : card.choice);
  });
}
