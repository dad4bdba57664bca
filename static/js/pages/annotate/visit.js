/** Assembles a visit: the first card of the page, the following cards, and the tools for them. */

import { post } from "../../components/http.js";
import * as preferences from "../../components/preferences.js";
import { Answering } from "./answering.js";
import { Card } from "./card.js";
import { watch } from "./choices.js";
import { Counts } from "./counts.js";
import { Session } from "./session.js";
import { keepKeys } from "./focus.js";
import { PrefetchSize } from "./prefetch_size.js";
import { Deck } from "./deck.js";
import { countDown } from "./empty_state.js";
import { skip } from "./skip.js";
import { Stage } from "./stage.js";
import { Stopwatch } from "./stopwatch.js";
import { prefetch } from "./prefetch.js";
import { enter } from "./windows.js";

/** Start the visit in `root`, and return its functions for the page. */
export async function visit({ root, person, outbox, sender, line, hear }) {
  const deck = new Deck();
  const prefetchSize = new PrefetchSize();
  const counts = new Counts(person, root.dataset.dataset);
  const stopwatch = new Stopwatch();
  const stage = new Stage(root.querySelector("[data-stage]"));
  const first = new Card(root.querySelector("[data-card]"));
  const waiting = async () => (await outbox.list()).filter(({ refused }) => !refused).map(({ record }) => record);
  const prefetching = prefetch({
    address: root.dataset.cards,
    person,
    ...enter(root.dataset.cards),
    record: first.record,
    leaseSeconds: Number(root.dataset.leaseSeconds),
    deck,
    prefetchSize,
    waiting,
    moves: () => counts.moves,
    hear: {
      state: hear,
      none,
      arrived: () => session.arrived(),
      entered,
      loaded: (card) => session.failures.note(card),
      held: (records) => session.keep(records),
      counted({ completed, own }) {
        counts.complete(completed);
        if (own) counts.set(own);
      },
    },
  });
  deck.add(first);
  const session = new Session({
    root,
    stage,
    deck,
    stopwatch,
    counts,
    prefetch: prefetching,
    saving: line,
    report: (items) => post(root.dataset.failures, { items }),
  });
  const parts = { root, deck, counts, prefetchSize, stopwatch, outbox, sender, saving: line, prefetch: prefetching };
  const answering = new Answering({ ...parts, show: () => session.show() });

  /** The server has confirmed this window; reload if the page shows an outdated answer. */
  function entered(revision) {
    if (first.revision !== revision && first.status) location.reload();
    else if (first.status) first.confirm();
  }

  /** There is no card; first wait for answers in flight, after which the server may have more cards. */
  async function none({ empty_state: html, isEarly }) {
    if (isEarly || (await waiting()).length) {
      await sender.kick();
      if (!(await waiting()).length) return prefetching.check();
    }
    const template = document.createElement("template");
    template.innerHTML = html;
    const node = document.importNode(template.content.firstElementChild, true);
    session.showEmptyState(node);
    countDown(node, prefetching.check);
  }

  watch(root, {
    top: () => deck.current,
    withEnter: () => preferences.get("submitWithEnter"),
    keeps: () => answering.keeps,
    isSeen: (status) => session.isSeen(status),
    answer: (status, choice) => answering.take({ status, choice }),
  });
  skip(document.getElementById("skip"), (reason) => {
    if (session.isSeen("discarded")) answering.take({ status: "discarded", reason });
  });
  keepKeys();

  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-try-again]")) session.failures.retry();
    const way = event.target.closest("[data-back], [data-forward]");
    if (!way || root.dataset.next) return;
    const isBack = way.matches("[data-back]");
    if (!(isBack ? deck.hasBack : deck.hasForward && !isLed(way))) return;
    event.preventDefault();
    if (isBack) session.back();
    else session.forward();
  });
  root.addEventListener("recovered", () => session.failures.recover());
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-look-again]")) return;
    event.preventDefault();
    prefetching.check();
  });
  document.addEventListener("visibilitychange", () => stopwatch.pause(document.hidden));
  stopwatch.pause(document.hidden);

  /** Return whether the link forward leads to an answer that only the server has. */
  function isLed(forward) {
    return forward.matches("[href*='record=']") && !deck.hasBack;
  }

  await begin();
  return {
    prefetch: prefetching,
    seenAt: () => session.seenAt,
    correct: (response) => answering.correct(response),
  };

  /** Show the first card once the server has confirmed it for this window, unless its answer is being sent. */
  async function begin() {
    if ((await waiting()).includes(first.record)) {
      if (!first.status) {
        deck.drop(first);
        return session.show();
      }
      await sender.kick();
    }
    session.time();
    if (first.status) prefetching.enter();
    if (!root.dataset.next) prefetching.check();
  }
}
