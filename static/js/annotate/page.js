/** The annotation page: keys, switches, the guidelines' state and the time an answer takes. */

import * as hotkeys from "../hotkeys.js";
import * as preferences from "../preferences.js";
import { watch } from "./answer.js";
import { painted } from "./frames.js";

// A habitual second press comes within this time; nobody has judged two pictures by then.
const QUIET_MS = 150;
// From here on the guidelines stand beside the pictures; where they would cover them, they wait to be asked for.
const BESIDE = "(width >= 75rem) and (height >= 40rem)";

const root = document.documentElement;
const form = document.querySelector("[data-desk]");
const guidelines = document.querySelector("[data-guidelines]");
let paintedAt = null;

hotkeys.listen({ singleKeys: () => preferences.get("singleKeys"), quietMs: QUIET_MS });
watch(form, { withEnter: () => preferences.get("submitWithEnter"), paintedAt: () => paintedAt });

preferences.bindSwitches(() => {
  root.dataset.keys = preferences.get("singleKeys") ? "on" : "off";
  form.querySelector("[data-submit]").hidden = !preferences.get("submitWithEnter");
  hotkeys.announce(preferences.get("singleKeys"));
});

for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}

if (guidelines) {
  guidelines.open = preferences.get("guidelinesOpen") && matchMedia(BESIDE).matches;
  guidelines.addEventListener("toggle", () => preferences.set("guidelinesOpen", guidelines.open));
}

painted(document.querySelectorAll("[data-frame]")).then((moment) => {
  paintedAt = moment;
});
