/**
 * The arithmetic of looking closer, in CSS pixels from the middle of a box. At zoom 1 each picture fits its own box, so
 * that its size says nothing; or, where a view `isSame`, all have the scale at which the largest of them fits.
 */

export const FIT = Object.freeze({ zoom: 1, x: 0, y: 0, isSame: false });
// So near is near enough: a pixel of a picture covers this many of the screen in each direction.
const NEAREST = 8;
// No picture is drawn lower or narrower than this; what is very long is cut off at its ends.
const LEAST = 32;
// Scales that differ by less than this part are alike.
const ALIKE = 0.01;

/** Return how many CSS pixels one pixel of a picture gets where all of it is in its box. */
export function contain(box, picture) {
  return Math.min(box.width / picture.width, box.height / picture.height);
}

/** Return how many CSS pixels one pixel of a picture gets where it fits into its box and can be seen. */
export function fit(box, picture) {
  return Math.max(contain(box, picture), LEAST / Math.min(picture.width, picture.height));
}

/** Return the room of some pictures: `fits`, the scale of each in its box, and `same`, one at which all fit. */
export function roomOf(box, pictures, ratio) {
  const fits = pictures.map((picture) => fit(box, picture));
  return { box, pictures, ratio, fits, same: Math.min(...fits) };
}

/** Say whether it makes no difference which of the two scales the pictures have. */
export function isAlike({ fits, same }) {
  return Math.max(...fits) / same < 1 + ALIKE;
}

/** Return the scale of each picture in a view. */
export function scales({ zoom, isSame }, { fits, same }) {
  return fits.map((scale) => zoom * (isSame ? same : scale));
}

/** Return the view in which one pixel of each picture is one pixel of the screen. */
export function actual({ same, ratio }) {
  return { ...FIT, zoom: 1 / (same * ratio), isSame: true };
}

/** Return the zoom one step on; a step that would jump over the fit ends there. */
export function step(view, factor, room) {
  const pixels = scales({ ...view, zoom: 1 }, room).map((scale) => 1 / (scale * room.ratio));
  const next = between(Math.min(1, ...pixels), view.zoom * factor, Math.max(4, ...pixels.map((one) => NEAREST * one)));
  return (view.zoom - 1) * (next - 1) < 0 ? 1 : next;
}

/** Zoom so that what lies under a point stays under it. */
export function zoomAt(view, zoom, point) {
  const factor = zoom / view.zoom;
  return { ...view, zoom, x: point.x - (point.x - view.x) * factor, y: point.y - (point.y - view.y) * factor };
}

/** Return how far a view can be moved, in each direction: until no picture leaves room that it could fill. */
export function reach(view, room) {
  const drawn = scales(view, room);
  const along = (side) => {
    const hidden = room.pictures.map((picture, number) => (picture[side] * drawn[number] - room.box[side]) / 2);
    return Math.max(0, ...hidden);
  };
  return { x: along("width"), y: along("height") };
}

/** Move a view back to where it can be. */
export function clamp(view, room) {
  const { x, y } = reach(view, room);
  return { ...view, x: between(-x, view.x, x), y: between(-y, view.y, y) };
}

/** Move a view by less than a pixel, so that the first picture begins where a pixel of the screen does. */
export function align(view, room) {
  const { box, pictures, ratio } = room;
  const [scale] = scales(view, room);
  const onPixel = (offset, side) => {
    const start = (box[side] - pictures[0][side] * scale) / 2 + offset;
    return offset + Math.round(start * ratio) / ratio - start;
  };
  return { ...view, x: onPixel(view.x, "width"), y: onPixel(view.y, "height") };
}

function between(least, value, most) {
  return Math.min(Math.max(value, least), most);
}
