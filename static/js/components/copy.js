/** Copy buttons: <button data-copy="id of an input" hidden>. */

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  source.addEventListener("focus", () => source.select());
  button.addEventListener("click", async () => {
    source.focus();
    source.select();
    try {
      await navigator.clipboard.writeText(source.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
    }
  });
}
