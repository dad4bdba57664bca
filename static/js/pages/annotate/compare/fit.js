/** How much room images have: equal boxes, whatever their sizes are. */

import { contain, roomOf } from "./geometry.js";

function sizeOf({ naturalWidth: width, naturalHeight: height }) {
  return { width, height };
}

/** Let each picture fit its box; return the room with its `images`, or nothing as long as there is no picture. */
function furnish(set, box) {
  const images = [...set.querySelectorAll(".frame__image")].filter((image) => image.naturalWidth);
  if (!images.length || !box.width || !box.height) return undefined;
  const room = roomOf(box, images.map(sizeOf), devicePixelRatio);
  for (const [index, { style }] of images.entries()) {
    const picture = room.pictures[index];
    style.setProperty("--width", picture.width);
    style.setProperty("--height", picture.height);
    style.setProperty("--beyond", room.fits[index] / contain(box, picture));
  }
  return { ...room, images };
}

/** Measure sets of images when the browser has laid them out anyway, and call `measured` with each and its room, if any. */
export function measureFit(measured) {
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const set = target.closest(".images");
      if (!target.isConnected) observer.unobserve(target);
      measured(set, furnish(set, contentRect));
    }
  });

  /** Measure a set soon, again if need be, and whenever its size changes. */
  return (set) => {
    const mat = set.querySelector(".frame__mat");
    // What is observed already would not be measured again.
    observer.unobserve(mat);
    observer.observe(mat);
  };
}
