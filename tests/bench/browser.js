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

  const drawn = new MessageChannel();
  let waiting = null;

  /** Frames run as on a display, one after the other; the message comes after the frame in which it was sent. */
  function look() {
    requestAnimationFrame(look);
    const press = seen.presses.at(-1);
    if (!press || press.ms !== null || press === waiting) return;
    if (top()?.dataset.record === press.before || !isThere(top())) return;
    waiting = press;
    drawn.port2.postMessage(null);
  }

  drawn.port1.onmessage = () => {
    waiting.ms = performance.now() - waiting.at;
  };

  function observe(type, hear) {
    new PerformanceObserver((list) => list.getEntries().forEach(hear)).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    });
  }

  addEventListener("keydown", press, { capture: true });
  requestAnimationFrame(look);
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
