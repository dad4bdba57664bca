/** Templates in frames: a page gets no keys while the focus is in one of them, so it takes the focus back. */

function takeBack(frame) {
  if (document.activeElement !== frame) return;
  frame.blur();
  window.focus();
}

/** Leave the focus to a frame only as long as the pointer is over it. */
export function keepKeys(frames) {
  for (const frame of frames) frame.addEventListener("pointerleave", () => takeBack(frame));
  window.addEventListener("blur", () => {
    for (const frame of frames) if (!frame.matches(":hover")) takeBack(frame);
  });
}
