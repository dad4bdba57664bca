/** Pictures in their frames: fetched, fetched again if need be, and decoded before anybody sees them. */

// How long to wait before each further try, in ms.
const TRIES = [0, 600, 2_000];
// And then, as what failed while the server was away may come when it is back: twice as long each time, up to this.
const LATER_MS = 5_000;
const LOAD_TIMEOUT_MS = 20_000;
// A window that is in front has drawn by then.
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
  // It may have been let go meanwhile.
  if (!image.hasAttribute("src")) return false;
  image.src = image.getAttribute("src");
  return decode(image);
}

/** Say whether this frame's picture is decoded, and so on screen where the frame is. */
export function isThere(frame) {
  return there.has(frame);
}

function show(frame, isShown) {
  if (isShown) there.add(frame);
  else there.delete(frame);
  frame.classList.toggle("frame--failed", !isShown);
  frame.querySelector(".frame__failure").hidden = isShown;
}

/** Resolve when this frame's picture can be painted, or will not be for the moment; the frame says which. */
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
  // It may have been let go meanwhile.
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

/** Let a picture's memory go; its address stays. */
export function release(frame) {
  const image = frame.querySelector("img");
  clearTimeout(timers.get(frame));
  there.delete(frame);
  image.dataset.src = image.getAttribute("src") ?? image.dataset.src;
  image.removeAttribute("src");
}

/** Have a picture fetched again that was let go. */
export function restore(frame) {
  const image = frame.querySelector("img");
  if (!image.hasAttribute("src")) image.src = image.dataset.src;
}

/** Resolve when what is in the document is on screen, or soon, where a window in the background draws no frames. */
export function paintedOrHidden() {
  return Promise.race([painted(), wait(HIDDEN_MS)]);
}

/** Resolve in the second frame from now: by then, what is in the document is on screen. */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
}
