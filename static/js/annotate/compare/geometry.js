/** The arithmetic of looking closer: CSS pixels from the middle of a box; at zoom 1 both pictures just fit. */

export const FIT = Object.freeze({ zoom: 1, x: 0, y: 0 });
// So near is near enough: a pixel of a picture covers this many of the screen in each direction.
const NEAREST = 8;

/** Return how many CSS pixels one pixel of a picture gets where it just fits into its box. */
export function fit(box, picture) {
  return Math.min(box.width / picture.width, box.height / picture.height);
}

/** Return the largest scale at which all pictures fit. */
export function common(box, pictures) {
  return Math.min(...pictures.map((picture) => fit(box, picture)));
}

/** Return the zoom at which one pixel of a picture is one pixel of the screen. */
export function actual({ scale, ratio }) {
  return 1 / (scale * ratio);
}

/** Return the zoom one step on; a step that would jump over the fit ends there. */
export function step(zoom, factor, room) {
  const next = between(Math.min(1, actual(room)), zoom * factor, Math.max(4, NEAREST * actual(room)));
  return (zoom - 1) * (next - 1) < 0 ? 1 : next;
}

/** Zoom so that what lies under a point stays under it. */
export function zoomAt(view, zoom, point) {
  const factor = zoom / view.zoom;
  return { zoom, x: point.x - (point.x - view.x) * factor, y: point.y - (point.y - view.y) * factor };
}

/** Move a view back to where the larger picture leaves no part of its box empty that it could fill. */
export function clamp(view, { box, pictures, scale }) {
  const within = (offset, side) => {
    const hidden = pictures.map((picture) => (picture[side] * scale * view.zoom - box[side]) / 2);
    const reach = Math.max(0, ...hidden);
    return between(-reach, offset, reach);
  };
  return { zoom: view.zoom, x: within(view.x, "width"), y: within(view.y, "height") };
}

/** Move a view by less than a pixel, so that the first picture begins where a pixel of the screen does. */
export function align(view, { box, pictures, scale, ratio }) {
  const onPixel = (offset, side) => {
    const start = (box[side] - pictures[0][side] * scale * view.zoom) / 2 + offset;
    return offset + Math.round(start * ratio) / ratio - start;
  };
  return { zoom: view.zoom, x: onPixel(view.x, "width"), y: onPixel(view.y, "height") };
}

function between(least, value, most) {
  return Math.min(Math.max(value, least), most);
}
