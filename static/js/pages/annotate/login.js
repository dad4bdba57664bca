/** Logging in again where one is: the page, and what is on it, stays. */

import { post } from "../../http.js";

/** Watch the form in `dialog`; `back()` is called when the person is logged in again. */
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

  // Keys that were meant for the pair do not land in the password: the title has the focus, and Enter leads on.
  const title = dialog.querySelector("h2");
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.elements.password.focus();
  });
  dialog.querySelector("[data-login-later]").addEventListener("click", () => dialog.close());
}
