/** The dialog that asks why a record is skipped. */

/** Watch `dialog`; `discard(reason)` discards the record on top. */
export function skip(dialog, discard) {
  const form = dialog.querySelector("form");
  form.addEventListener("submit", ({ submitter }) => {
    if (submitter?.value !== "skip") return;
    const { reason, details } = form.elements;
    discard([reason.value, details.value.trim()].filter(Boolean).join(": "));
    form.reset();
  });
}
