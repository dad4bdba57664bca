/** Frames of templates: the page gets no keys while a frame has the focus, so it takes the focus back. */

const FRAMES = "[data-keyless]";

/** Leave the focus to a frame that was clicked, until the pointer is over the page again. */
export function keepKeys() {
  function takeBack() {
    if (!document.activeElement?.matches(FRAMES)) return;
    document.activeElement.blur();
    window.focus();
  }

  // The page gets no pointer events from inside a frame.
  document.addEventListener("pointerover", (event) => {
    if (!event.target.matches(FRAMES)) takeBack();
  });

  // Without a click, a script in the frame took the focus.
  function takeBackWhatWasNotGiven() {
    if (!navigator.userActivation?.isActive || document.activeElement?.closest("[inert]")) takeBack();
  }

  takeBackWhatWasNotGiven();
  // The focus has moved only after the blur event has ended.
  window.addEventListener("blur", () => setTimeout(takeBackWhatWasNotGiven));
}
