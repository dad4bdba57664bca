/** Pictures in their frames: fetched, fetched again if needed, and decoded before they are shown. */

// How long to wait before each try, in ms.
const TRIES = [0, 600, 2_000];
// Later tries, for when the server is back: each waits twice as long, starting with this.
const LATER_MS = 5_000;
const LOAD_TIMEOUT_MS = 20_000;
// A visible window has painted by then.
const HIDDEN_MS = 100;
const timers = new WeakMap();
const there = new WeakSet();

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function decode(image) {
  return image.decode().then(() => true, () => false);
}

async function fetchAgain(image) {
  // The picture may have been released meanwhile.
  if (!image.hasAttribute("src")) return false;
  image.src = image.getAttribute("src");
  return decode(image);
}

/** Return whether this frame's picture is decoded, and so visible in the frame. */
export function isThere(frame) {
  return there.has(frame);
}

function show(frame, isShown) {
  if (isShown) there.add(frame);
  else there.delete(frame);
  frame.classList.toggle("frame--failed", !isShown);
  frame.querySelector(".frame__failure").hidden = isShown;
}

/** Resolve when this frame's picture can be painted, or has failed for now; the frame shows which. */
export async function settle(frame, tries = TRIES) {
  const image = frame.querySelector("img");
  clearTimeout(timers.get(frame));
  frame.classList.remove("frame--failed");
  frame.querySelector(".frame__failure").hidden = true;
  frame.classList.add("frame--loading");
  let isDecoded = false;
  for (const ms of tries) {
    if (ms) await wait(ms);
    isDecoded = await (ms ? fetchAgain(image) : decode(image));
    if (isDecoded) break;
  }
  frame.classList.remove("frame--loading");
  // The picture may have been released meanwhile.
  if (!image.hasAttribute("src")) return;
  show(frame, isDecoded);
  if (!isDecoded) tryLater(frame, LATER_MS);
}

function tryLater(frame, ms) {
  const image = frame.querySelector("img");
  clearTimeout(timers.get(frame));
  timers.set(frame, setTimeout(async () => {
    if (await fetchAgain(image)) {
      show(frame, true);
      frame.dispatchEvent(new CustomEvent("recovered", { bubbles: true }));
    } else if (image.hasAttribute("src")) tryLater(frame, Math.min(ms * 2, LOAD_TIMEOUT_MS));
  }, ms));
}

/** Release a picture's memory; its address stays. */
export function release(frame) {
  const image = frame.querySelector("img");
  clearTimeout(timers.get(frame));
  there.delete(frame);
  image.dataset.src = image.getAttribute("src") ?? image.dataset.src;
  image.removeAttribute("src");
}

/** Fetch a released picture again. */
export function restore(frame) {
  const image = frame.querySelector("img");
  if (!image.hasAttribute("src")) image.src = image.dataset.src;
}

/** Resolve when the document is painted, or after a moment in a background window, which paints no frames. */
export function paintedOrHidden() {
  return Promise.race([painted(), wait(HIDDEN_MS)]);
}

/** Resolve in the second frame from now, when the current document is painted. */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
}
