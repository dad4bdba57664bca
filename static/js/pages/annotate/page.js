/** The annotation page: its switches, its dialogs, and the outbox. visit.js handles the cards. */

import * as hotkeys from "../../components/hotkeys.js";
import * as preferences from "../../components/preferences.js";
import { Card } from "./card.js";
import { watch } from "./choices.js";
import { compare } from "./compare/compare.js";
import { login } from "./login.js";
import { open } from "./outbox.js";
import { load } from "./questions.js";
import { saving } from "./saving.js";
import { countDown } from "./empty_state.js";
import { sender } from "./sender.js";
import { unsent } from "./unsent.js";
import { visit } from "./visit.js";

// Windows of this size show the guidelines beside the pictures; smaller ones would cover the pictures.
const BESIDE = "(width >= 75rem) and (height >= 40rem)";

// More waiting answers than this mean a network problem.
const MANY = 5;

const root = document.querySelector("[data-annotation]");
// A record can also be read-only for the user.
const isAtWork = Boolean(root) && !("onlyShown" in root.dataset);
const guidelines = document.querySelector("[data-guidelines]");
const status = document.querySelector("[data-saving]");
const line = saving(status);
// Until the session sets it: ignore keys that were pressed while the page loaded.
const loadedAt = performance.now();
let seenAt = () => loadedAt + 150;

hotkeys.listen({
  singleKeys: () => preferences.get("singleKeys"),
  quietUntil: () => seenAt(),
});

preferences.bindSwitches(() => {
  document.documentElement.dataset.keys = preferences.get("singleKeys") ? "on" : "off";
  const submit = root?.querySelector("[data-tools] [data-submit]");
  if (submit) submit.hidden = !preferences.get("submitWithEnter");
  hotkeys.announce(preferences.get("singleKeys"));
});

root?.addEventListener("shown", ({ target }) => hotkeys.announce(preferences.get("singleKeys"), target));

if (root) compare(root);

for (const button of document.querySelectorAll("[data-opens]")) button.hidden = false;
document.addEventListener("click", ({ target, detail }) => {
  const button = target.closest("[data-opens]");
  if (button) document.getElementById(button.dataset.opens).showModal();
  // After a click, the page keeps the focus, so that its shortcuts keep working.
  if (detail > 0) target.closest("[data-tools] :is(button, a)")?.blur();
});

if (guidelines) {
  guidelines.open = preferences.get("guidelinesOpen") && matchMedia(BESIDE).matches;
  guidelines.addEventListener("toggle", () => preferences.set("guidelinesOpen", guidelines.open));
}

// A page from the browser's memory is outdated, so it reloads.
window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  document.documentElement.inert = true;
  location.reload();
});

/** Start the sender and the visit; without an outbox, forms go to the server one by one. */
async function start() {
  const { person, answers: address } = status.dataset;
  const [outbox] = await Promise.all([open(person, refresh).catch(() => null), load(root)]);
  if (!outbox) return doWithout();
  const states = { sender: "idle", prefetch: "idle" };
  const sending = sender(outbox, { person, address, report: (state) => hear({ sender: state }), correct });
  const loginDialog = document.getElementById("login");
  const unsentDialog = document.getElementById("unsent");
  const parts = { root, person, outbox, sender: sending, line, hear: (state) => hear({ prefetch: state }) };
  const session = isAtWork ? await visit(parts) : null;
  const list = unsent(unsentDialog, outbox, sending.retry);
  if (session) seenAt = session.seenAt;

  /** Show the stored answer instead of a rejected later one, and return a sentence about it. */
  function correct(response) {
    const card = session?.correct(response);
    return card ? ` The stored answer is “${card.read().words}”.` : "";
  }

  function refresh() {
    return line.learn(count());
  }

  async function count() {
    const answers = await outbox.list();
    const refused = answers.filter((answer) => answer.refused).length;
    // Some browsers ask the user, so wait until there is something to store.
    if (answers.length > MANY) navigator.storage?.persist?.();
    if (answers.length > refused) sending.takeOver();
    return { refused, waiting: answers.length - refused };
  }

  /** Combine the states that the sender and the prefetching report about the server. */
  function hear(news) {
    Object.assign(states, news);
    if (line.facts.state === "homeless") return;
    const all = Object.values(states);
    const state = ["login", "unreachable"].find((one) => all.includes(one)) ?? "idle";
    const isNews = state === "login" && line.facts.state !== "login";
    line.set({ state });
    if (isNews && !document.querySelector("dialog[open]")) loginDialog.showModal();
  }

  function wake() {
    sending.retry().then(() => session?.prefetch.recount());
    session?.prefetch.renew();
    session?.prefetch.check();
  }

  login(loginDialog, wake);
  status.addEventListener("click", (event) => {
    // The dialog depends on the state.
    event.stopPropagation();
    if (line.facts.state === "login") loginDialog.showModal();
    else list.show().then(() => unsentDialog.showModal());
  });
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  await refresh();
  sending.kick().then(() => session?.prefetch.recount());
}

/** Use plain forms: without skip reasons and waiting answers, and only with pictures that have loaded. */
function doWithout() {
  for (const button of document.querySelectorAll("[data-opens='skip'], [data-opens='unsent']")) button.disabled = true;
  line.set({ state: "homeless" });
  if (!isAtWork) return;
  const card = new Card(root.querySelector("[data-card]"));
  card.confirm();
  card.load();
  const isSeen = (status) => status !== "submitted" || card.pictures === "shown";
  watch(root, { top: () => card, withEnter: () => preferences.get("submitWithEnter"), keeps: () => false, isSeen });
}

start();

// Without a card: start or check again automatically, like the buttons.
document.querySelector("[data-begin]")?.requestSubmit();
const emptyState = document.querySelector("main [data-empty-state]");
if (emptyState) countDown(emptyState, () => emptyState.querySelector("[data-look-again]").requestSubmit());
