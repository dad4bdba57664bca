/** Wheel, fingers and mouse on the pictures: zoom where they point, pan what is near, swipe what is not. */

// A finger that rests moves this far, in CSS pixels; one that swipes goes further than the second number.
const SLOP = 6;
const SWIPE = 40;
const LINE = 16;

function pointOf({ clientX: x, clientY: y }) {
  return { x, y };
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Return where a point is, from the middle of an element. */
function inside(element, { x, y }) {
  const box = element.getBoundingClientRect();
  return { x: x - box.x - box.width / 2, y: y - box.y - box.height / 2 };
}

/** Say whether the wheel scrolls something around the pictures; there it zooms with Control only. */
function isScrolled(mat) {
  const around = [mat.closest(".fields"), document.documentElement];
  return around.some((element) => element && element.scrollHeight > element.clientHeight);
}

/** Have gestures on the pictures change the view; `swiped` is told whether to go on or back. Returns what ends all. */
export function listen(root, { matOf, view, swiped }) {
  const fingers = new Map();
  let start = null;

  root.addEventListener(
    "wheel",
    (event) => {
      const mat = matOf(event.target);
      if (!mat || (!event.ctrlKey && isScrolled(mat))) return;
      event.preventDefault();
      const delta = event.deltaY * (event.deltaMode ? LINE : 1);
      view.zoomBy(Math.exp(-delta / (event.ctrlKey ? 100 : 400)), inside(mat, pointOf(event)));
    },
    { passive: false },
  );

  root.addEventListener("pointerdown", (event) => {
    const mat = matOf(event.target);
    if (!mat || event.button !== 0) return;
    mat.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, pointOf(event));
    start = fingers.size === 1 ? { mat, isTap: true, ...pointOf(event) } : null;
  });

  root.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = pointOf(event);
    fingers.set(event.pointerId, now);
    if (fingers.size === 1) {
      if (start && distance(start, now) > SLOP) start.isTap = false;
      view.pan(now.x - before.x, now.y - before.y);
      return;
    }
    const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
    const middle = { x: (before.x + other.x) / 2, y: (before.y + other.y) / 2 };
    view.zoomBy(distance(now, other) / (distance(before, other) || 1), inside(event.target, middle));
    view.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  });

  root.addEventListener("pointerup", (event) => {
    if (!fingers.delete(event.pointerId) || !start) return;
    const [x, y] = [event.clientX - start.x, event.clientY - start.y];
    if (view.isNear && start.isTap) {
      const point = inside(start.mat, start);
      view.pan(-point.x, -point.y);
    }
    if (!view.isNear && Math.abs(x) > Math.max(SWIPE, Math.abs(y))) swiped(x < 0);
    start = null;
  });

  root.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));

  return () => {
    fingers.clear();
    start = null;
  };
}
