/** The annotation page: keys, switches, the guidelines' state and the time an answer takes. */

import * as hotkeys from "../hotkeys.js";
import * as preferences from "../preferences.js";
import { watch } from "./answer.js";
import { keepKeys } from "./focus.js";
import { painted } from "./frames.js";
import { guide } from "./questions.js";

// A habitual second press comes within this time; nobody has judged two pictures by then.
const QUIET_MS = 150;
// From here on the guidelines stand beside the pictures; where they would cover them, they wait to be asked for.
const BESIDE = "(width >= 75rem) and (height >= 40rem)";

const root = document.documentElement;
const form = document.querySelector("[data-desk]");
const isQuick = form.dataset.desk === "quick";
const guidelines = document.querySelector("[data-guidelines]");
let paintedAt = null;

hotkeys.listen({ singleKeys: () => preferences.get("singleKeys"), quietMs: QUIET_MS });
watch(form, { withEnter: () => preferences.get("submitWithEnter"), paintedAt: () => paintedAt });
keepKeys(document.querySelectorAll("[data-keyless]"));
guide(form);

preferences.bindSwitches(() => {
  root.dataset.keys = preferences.get("singleKeys") ? "on" : "off";
  if (isQuick) form.querySelector("[data-submit]").hidden = !preferences.get("submitWithEnter");
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
