/** Measures, from inside the page, what somebody who presses keys waits for. */

(() => {
  const seen = { presses: [], events: [], shift: 0, longest: 0 };
  window.seen = seen;
  performance.setResourceTimingBufferSize(5_000);

  function top() {
    return document.querySelector("[data-card]:not([inert])");
  }

  function isThere(card) {
    const images = [...(card?.querySelectorAll(".frame img") ?? [])];
    return images.length === 2 && images.every((image) => image.complete && image.naturalWidth > 0);
  }

  function press({ timeStamp }) {
    const next = document.querySelector("[data-card][inert]");
    seen.presses.push({ at: timeStamp, before: top().dataset.record, wasReady: isThere(next), ms: null });
  }

  /** A frame that is asked for earlier would be drawn earlier, for nothing, and hold up what is measured. */
  function change() {
    const press = seen.presses.at(-1);
    if (press && press.ms === null && top()?.dataset.record !== press.before) requestAnimationFrame(look);
  }

  function look() {
    const press = seen.presses.at(-1);
    if (isThere(top())) press.ms ??= performance.now() - press.at;
    else requestAnimationFrame(look);
  }

  function observe(type, hear) {
    new PerformanceObserver((list) => list.getEntries().forEach(hear)).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    });
  }

  addEventListener("keydown", press, { capture: true });
  new MutationObserver(change).observe(document, { childList: true, subtree: true, attributeFilter: ["inert"] });
  observe("layout-shift", ({ value }) => {
    seen.shift += value;
  });
  observe("longtask", ({ startTime, duration }) => {
    if (seen.presses.length && startTime >= seen.presses[0].at) seen.longest = Math.max(seen.longest, duration);
  });
  observe("event", ({ name, startTime, duration }) => {
    if (name === "keydown") seen.events.push({ at: startTime, ms: duration });
  });
})();
