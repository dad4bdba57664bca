/** Templates in frames: a page gets no keys while the focus is in one of them, so it takes the focus back. */

const FRAMES = "[data-keyless]";

/** Leave the focus to a frame that was clicked, until the pointer is over the page again. */
export function keepKeys() {
  function takeBack() {
    if (!document.activeElement?.matches(FRAMES)) return;
    document.activeElement.blur();
    window.focus();
  }

  // What the pointer does inside of a frame, the page around it is not told.
  document.addEventListener("pointerover", (event) => {
    if (!event.target.matches(FRAMES)) takeBack();
  });

  // Nobody has clicked, or could have: a script of the frame took the focus.
  function takeBackWhatWasNotGiven() {
    if (!navigator.userActivation?.isActive || document.activeElement?.closest("[inert]")) takeBack();
  }

  takeBackWhatWasNotGiven();
  // The move of the focus is not final before the event that tells of it has ended.
  window.addEventListener("blur", () => setTimeout(takeBackWhatWasNotGiven));
}
