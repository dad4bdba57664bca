/** Some text. */

export function read([text]) {
  return text;
}

export function enhance(question) {
  const input = question.querySelector("textarea");
  const button = question.querySelector("[data-use]");
  // Escape leaves the text, and the keys of the page work again.
  input.addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Escape" && !isComposing) input.blur();
  });
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    input.value = question.querySelector("[data-suggested]").textContent;
    input.focus();
  });
}
