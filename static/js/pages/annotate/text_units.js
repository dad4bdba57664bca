/** The units of a text, words or characters, and where they are on a surface, whose pieces say where they start. */

/** Return the units of a text that can be seen, as `[{start, end}]`; `granularity` is "word" or "grapheme". */
export function split(text, granularity) {
  return [...new Intl.Segmenter(undefined, { granularity }).segment(text)]
    .filter(({ segment }) => segment.trim())
    .map(({ index, segment }) => ({ start: index, end: index + segment.length }));
}

/** Return the boxes of a part of the text, one for each line that it is on. */
export function boxes(surface, { start, end }) {
  const range = document.createRange();
  for (const piece of surface.children) {
    const first = Number(piece.dataset.start);
    const last = first + piece.textContent.length;
    if (first <= start && start < last) range.setStart(piece.firstChild, start - first);
    if (first < end && end <= last) range.setEnd(piece.firstChild, end - first);
  }
  return [...range.getClientRects()];
}

/** Return which of the units is at a point; if `isNear` is set, at least the last one before it. Without one, -1. */
export function findUnit(surface, units, { clientX: x, clientY: y }, isNear) {
  const index = indexAt(surface, x, y);
  const near = units.findLastIndex(({ start }) => start <= index);
  const holds = ({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom;
  const found = [near, near - 1].find((at) => units[at] && boxes(surface, units[at]).some(holds));
  return found ?? (isNear ? near : -1);
}

/** Return where in the text of a surface a point is, or -1. */
function indexAt(surface, x, y) {
  const at = document.caretPositionFromPoint?.(x, y) ?? document.caretRangeFromPoint?.(x, y);
  const piece = (at?.offsetNode ?? at?.startContainer)?.parentNode;
  if (piece?.parentNode !== surface) return -1;
  return Number(piece.dataset.start) + (at.offset ?? at.startOffset);
}
