/** The state without a card, which may check again automatically. */

/** Count down to the next check, if `node` has a time for it, and then call `look`. */
export function countDown(node, look) {
  const countdown = node.querySelector("[data-retry-after]");
  if (!countdown) return;
  const total = Math.max(1, Number(countdown.dataset.retryAfter));
  const startedAt = performance.now();
  countdown.hidden = false;
  const timer = setInterval(() => {
    const passed = (performance.now() - startedAt) / 1000;
    countdown.querySelector("progress").value = passed;
    countdown.querySelector("[data-seconds]").textContent = Math.max(0, Math.ceil(total - passed));
    if (passed < total && node.isConnected) return;
    clearInterval(timer);
    if (node.isConnected) look();
  }, 250);
}
