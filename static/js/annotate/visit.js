/** Puts a visit together: the card that the page came with, those that follow, and what can be done with them. */

import { post } from "../http.js";
import * as preferences from "../preferences.js";
import { Answering } from "./answering.js";
import { Card } from "./card.js";
import { watch } from "./choices.js";
import { Counts } from "./counts.js";
import { Desk } from "./desk.js";
import { keepKeys } from "./focus.js";
import { Pace } from "./pace.js";
import { Reel } from "./reel.js";
import { countDown } from "./screens.js";
import { skip } from "./skip.js";
import { Stage } from "./stage.js";
import { Stopwatch } from "./stopwatch.js";
import { supply } from "./supply.js";
import { enter } from "./windows.js";

/** Start the visit on the desk `root`; return what the page asks of it. */
export async function visit({ root, person, outbox, sender, line, hear }) {
  const reel = new Reel();
  const pace = new Pace();
  const counts = new Counts(person, root.dataset.dataset);
  const stopwatch = new Stopwatch();
  const stage = new Stage(root.querySelector("[data-stage]"));
  const first = new Card(root.querySelector("[data-card]"));
  const waiting = async () => (await outbox.list()).filter(({ refused }) => !refused).map(({ record }) => record);
  const supplied = supply({
    address: root.dataset.cards,
    person,
    ...enter(root.dataset.cards),
    record: first.record,
    leaseSeconds: Number(root.dataset.leaseSeconds),
    reel,
    pace,
    waiting,
    moves: () => counts.moves,
    hear: {
      state: hear,
      none,
      arrived: () => desk.arrived(),
      entered,
      loaded: (card) => desk.failures.note(card),
      held: (records) => desk.keep(records),
      counted({ completed, own }) {
        counts.complete(completed);
        if (own) counts.set(own);
      },
    },
  });
  reel.add(first);
  const desk = new Desk({
    root,
    stage,
    reel,
    stopwatch,
    counts,
    supply: supplied,
    saving: line,
    report: (items) => post(root.dataset.failures, { items }),
  });
  const parts = { root, reel, counts, pace, stopwatch, outbox, sender, saving: line, supply: supplied };
  const answering = new Answering({ ...parts, show: () => desk.show() });

  /** The server knows this window. What it shows of an answer has to be what is stored. */
  function entered(revision) {
    if (first.revision !== revision && first.status) location.reload();
    else if (first.status) first.confirm();
  }

  /** There is no card; if answers are still on their way, the server may know more when it has them. */
  async function none({ screen, isEarly }) {
    if (isEarly || (await waiting()).length) {
      await sender.kick();
      if (!(await waiting()).length) return supplied.check();
    }
    const template = document.createElement("template");
    template.innerHTML = screen;
    const node = document.importNode(template.content.firstElementChild, true);
    desk.showScreen(node);
    countDown(node, supplied.check);
  }

  watch(root, {
    top: () => reel.current,
    withEnter: () => preferences.get("submitWithEnter"),
    keeps: () => answering.keeps,
    isSeen: (status) => desk.isSeen(status),
    answer: (status, choice) => answering.take({ status, choice }),
  });
  skip(document.getElementById("skip"), (reason) => {
    if (desk.isSeen("discarded")) answering.take({ status: "discarded", reason });
  });
  keepKeys();

  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-try-again]")) desk.failures.retry();
    const way = event.target.closest("[data-back], [data-forward]");
    if (!way || root.dataset.next) return;
    const isBack = way.matches("[data-back]");
    if (!(isBack ? reel.hasBack : reel.hasForward && !isLed(way))) return;
    event.preventDefault();
    if (isBack) desk.back();
    else desk.forward();
  });
  root.addEventListener("recovered", () => desk.failures.recover());
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-look-again]")) return;
    event.preventDefault();
    supplied.check();
  });
  document.addEventListener("visibilitychange", () => stopwatch.pause(document.hidden));
  stopwatch.pause(document.hidden);

  /** Say whether the way forward is an answer that only the server knows. */
  function isLed(forward) {
    return forward.matches("[href*='record=']") && !reel.hasBack;
  }

  await begin();
  return {
    supply: supplied,
    seenAt: () => desk.seenAt,
    correct: (response) => answering.correct(response),
  };

  /** Show the first card, once the server has said that it is this window's, unless its answer is on the way. */
  async function begin() {
    if ((await waiting()).includes(first.record)) {
      if (!first.status) {
        reel.drop(first);
        return desk.show();
      }
      await sender.kick();
    }
    desk.time();
    if (first.status) supplied.enter();
    if (!root.dataset.next) supplied.check();
  }
}
