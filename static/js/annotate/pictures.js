/** Pictures in their frames: fetched, fetched again if need be, and decoded before anybody sees them. */

// How long to wait before each further try, in ms.
const TRIES = [0, 600, 2_000];

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolve when this frame's picture can be painted, or will not be; the frame says which. */
export async function settle(frame, tries = TRIES) {
  const image = frame.querySelector("img");
  const failure = frame.querySelector(".frame__failure");
  frame.classList.remove("frame--failed");
  frame.classList.add("frame--loading");
  failure.hidden = true;
  let isThere = false;
  for (const ms of tries) {
    if (ms) {
      await wait(ms);
      image.src = image.getAttribute("src");
    }
    isThere = await image.decode().then(() => true, () => false);
    if (isThere) break;
  }
  frame.classList.remove("frame--loading");
  frame.classList.toggle("frame--failed", !isThere);
  failure.hidden = isThere;
}

/** Let a picture's memory go; its address stays. */
export function release(frame) {
  const image = frame.querySelector("img");
  image.dataset.src = image.getAttribute("src") ?? image.dataset.src;
  image.removeAttribute("src");
}

/** Have a picture fetched again that was let go. */
export function restore(frame) {
  const image = frame.querySelector("img");
  if (!image.hasAttribute("src")) image.src = image.dataset.src;
}

/** Resolve in the second frame from now: by then, what is in the document is on screen. */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
}
