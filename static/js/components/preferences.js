/** The user's preferences, stored in this browser; without storage, they last until the user leaves the page. */

// Null leaves it to the page.
const DEFAULTS = { submitWithEnter: false, singleKeys: true, guidelinesOpen: false, oneAtATime: null };
const PREFIX = "diptych.";

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? DEFAULTS[name];
  } catch {
    return DEFAULTS[name];
  }
}

const values = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, read(name)]));

export function get(name) {
  return values[name];
}

export function set(name, value) {
  values[name] = value;
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the value lasts for this page.
  }
}

/** Let each switch show and change its preference, and call `changed` now and after every change. */
export function bindSwitches(changed) {
  for (const input of document.querySelectorAll("[data-preference]")) {
    input.checked = get(input.dataset.preference);
    input.addEventListener("change", () => {
      set(input.dataset.preference, input.checked);
      changed();
    });
  }
  changed();
}
