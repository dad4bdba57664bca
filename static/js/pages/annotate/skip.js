/** The dialog for the reason to skip a record. */

/** Watch `dialog`; `discard(reason)` discards the top record. */
export function skip(dialog, discard) {
  const form = dialog.querySelector("form");
  form.addEventListener("submit", ({ submitter }) => {
    if (submitter?.value !== "skip") return;
    const { reason, details } = form.elements;
    discard([reason.value, details.value.trim()].filter(Boolean).join(": "));
    form.reset();
  });
}
