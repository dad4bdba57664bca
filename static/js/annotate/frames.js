/** The two pictures: what they look like until they are there, and when that is. */

/** Resolve when this picture can be painted, or will never be; say in its frame which. */
async function settle(frame) {
  const image = frame.querySelector("img");
  frame.classList.add("frame--loading");
  try {
    await image.decode();
  } catch {
    frame.classList.add("frame--failed");
    frame.querySelector(".frame__failure").hidden = false;
  }
  frame.classList.remove("frame--loading");
}

function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Resolve with the time, as of performance.now(), at which all pictures are on screen. */
export async function painted(frames) {
  await Promise.all([...frames].map(settle));
  await nextFrame();
  await nextFrame();
  return performance.now();
}
