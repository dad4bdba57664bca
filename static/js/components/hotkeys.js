/**
 * Keyboard shortcuts for buttons. An element names its keys: <a data-hotkey="Backspace ArrowLeft">.
 * A combination is written Control+s, and is Command on a Mac.
 */

const TYPING = "input, select, textarea, [contenteditable]";
const CONTROLS = "a[href], button, summary";

/** Return the names of this key press; on layouts that need Shift for digits, digits are matched by position. */
function namesOf(event) {
  if (event.altKey) return [];
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return [`Control+${key}`];
  const digit = event.shiftKey ? null : /^Digit(\d)$/.exec(event.code);
  return digit ? [key, digit[1]] : [key];
}

function keysOf(element) {
  return element.dataset.hotkey.split(" ");
}

function findElement(names) {
  const elements = [...document.querySelectorAll("[data-hotkey]")];
  return elements.find(
    (element) => !element.closest("[hidden], [inert]") && keysOf(element).some((key) => names.includes(key)),
  );
}

/** Return whether something else uses this key: a text field, an input method, a dialog, a control with Enter. */
function isTaken(event) {
  return (
    event.defaultPrevented ||
    event.isComposing ||
    event.target.closest?.(TYPING) ||
    document.querySelector("dialog[open]") ||
    (event.key === "Enter" && event.target.closest?.(CONTROLS))
  );
}

/**
 * Click the element of a key. `singleKeys()` says whether keys without Control work. Keys before the time
 * `quietUntil()` are ignored, so that a double press does not answer an unseen pair.
 */
export function listen({ singleKeys, quietUntil }) {
  document.addEventListener("keydown", (event) => {
    if (isTaken(event)) return;
    const names = namesOf(event);
    if (!singleKeys() && !names[0]?.startsWith("Control+")) return;
    const element = findElement(names);
    if (!element) return;
    event.preventDefault();
    if (!event.repeat && event.timeStamp >= quietUntil()) element.click();
  });
}

/** Tell assistive technology which shortcuts work in `root`. */
export function announce(areOn, root = document) {
  for (const element of root.querySelectorAll("[data-hotkey]")) {
    const keys = keysOf(element).filter((key) => areOn || key.startsWith("Control+"));
    if (keys.length) element.setAttribute("aria-keyshortcuts", keys.join(" "));
    else element.removeAttribute("aria-keyshortcuts");
  }
}
