/** Look again for a free pair when the seconds that the server named are over. */

const countdown = document.querySelector("[data-retry-after]");
const bar = countdown.querySelector("progress");
const seconds = countdown.querySelector("[data-seconds]");
const form = document.querySelector("main form");
const total = Math.max(1, Number(countdown.dataset.retryAfter));
const startedAt = performance.now();

countdown.hidden = false;
const timer = setInterval(() => {
  const passed = (performance.now() - startedAt) / 1000;
  bar.value = passed;
  seconds.textContent = Math.max(0, Math.ceil(total - passed));
  if (passed >= total) {
    clearInterval(timer);
    form.requestSubmit();
  }
}, 250);
