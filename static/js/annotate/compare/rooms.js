/** How much room the pictures of a pair have, and one scale for the two, whatever their sizes are. */

import { common, fit } from "./geometry.js";

function sizeOf({ naturalWidth: width, naturalHeight: height }) {
  return { width, height };
}

/** Give both pictures one scale; return the room, or nothing as long as there is no picture. */
function furnish(pair, box) {
  const images = [...pair.querySelectorAll(".frame__image")].filter((image) => image.naturalWidth);
  if (!images.length || !box.width || !box.height) return undefined;
  const pictures = images.map(sizeOf);
  const scale = common(box, pictures);
  for (const [index, image] of images.entries()) {
    image.style.setProperty("--width", pictures[index].width);
    image.style.setProperty("--height", pictures[index].height);
    image.style.setProperty("--same-scale", scale / fit(box, pictures[index]));
  }
  return { box, pictures, scale, ratio: devicePixelRatio };
}

/** Measure pairs when the browser has laid them out anyway, and call `measured` with each and its room, if any. */
export function measureRooms(measured) {
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const pair = target.closest(".pair");
      if (!target.isConnected) observer.unobserve(target);
      measured(pair, furnish(pair, contentRect));
    }
  });

  /** Measure a pair soon, again if need be, and whenever its size changes. */
  return (pair) => {
    const mat = pair.querySelector(".frame__mat");
    // What is observed already would not be measured again.
    observer.unobserve(mat);
    observer.observe(mat);
  };
}
