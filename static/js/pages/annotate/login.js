/** Login in place: the page and its content stay. */

import { post } from "../../components/http.js";

/** Watch the form in `dialog`; `back()` is called when the annotator is logged in again. */
export function login(dialog, back) {
  const form = dialog.querySelector("[data-login]");
  const error = dialog.querySelector("[data-login-error]");

  function explain(status) {
    if (status === 401) return "The name or password is wrong.";
    if (status === 429) return "Too many attempts. Please wait a minute, then try again.";
    return "The server isn’t responding. Please try again in a moment.";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { status } = await post(form.action, new URLSearchParams(new FormData(form)));
    error.hidden = status === 303;
    if (status !== 303) {
      error.textContent = explain(status);
      form.elements.password.select();
      return;
    }
    form.reset();
    dialog.close();
    back();
  });

  // Keys for the pair must not end up in the password, so the title has the focus first, and Enter moves on.
  const title = dialog.querySelector("h2");
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.elements.password.focus();
  });
  dialog.querySelector("[data-login-later]").addEventListener("click", () => dialog.close());
}
