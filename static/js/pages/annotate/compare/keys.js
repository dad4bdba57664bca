/** The keys that no click can stand for: Space, which is held, and Shift with the arrows, which pans. */

const CONTROLS = "a[href], button, iframe, input, select, summary, textarea, [contenteditable]";
const PAN = 60;
const ARROWS = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };

/** Say whether the key belongs to a control, to a text that it scrolls, or to a dialog. */
function isTaken({ target, isComposing }) {
  const scroller = target.closest?.("[tabindex='0']");
  return (
    isComposing ||
    target.closest?.(CONTROLS) ||
    document.querySelector("dialog[open]") ||
    (scroller && scroller.scrollHeight > scroller.clientHeight)
  );
}

function isPlain({ altKey, ctrlKey, metaKey }) {
  return !altKey && !ctrlKey && !metaKey;
}

/** Tell `hold` when Space goes down and up, if it can be held, and pan the view. */
export function listen({ canHold, hold, view }) {
  let isDown = false;

  function release() {
    if (isDown) hold(false);
    isDown = false;
  }

  function press(event) {
    if (!canHold() || event.shiftKey) return;
    event.preventDefault();
    if (event.repeat) return;
    isDown = true;
    hold(true);
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (isTaken(event) || !isPlain(event)) return;
      if (event.key === " ") press(event);
      // Without Shift, and where nothing can be panned, arrows go from record to record.
      if (!event.shiftKey || !view.isNear || !ARROWS[event.key]) return;
      event.preventDefault();
      view.pan(...ARROWS[event.key]);
    },
    { capture: true },
  );
  document.addEventListener("keyup", (event) => event.key === " " && release());
  window.addEventListener("blur", release);

  return () => {
    isDown = false;
  };
}
