/** Nobody needs to press the button that begins. */

document.querySelector("[data-begin]").requestSubmit();
