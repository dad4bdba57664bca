/** Fetches cards before they are needed, and keeps the leases of those that wait. */

import { post } from "../../http.js";
import { Card } from "./card.js";
import { pause, verdict } from "./replies.js";

const MAX_CARDS = 8;
// As many as the server reads.
const MAX_KNOWN = 500;

/**
 * Keep `deck` filled from `address`, with cards for `person` in a window: `id`, and `former`, a promise of those that
 * are gone; `record` is what the page came with. `waiting()` resolves with the records whose answers are on their way; `hear` is told of `arrived`,
 * `entered(revision)`, once, `loaded(card)`, `counted(reply)`, `held(records)`, `none(reply)` and `state(name)`. `moves()` says how often answers have
 * moved the person's counts.
 */
export function prefetch({ address, person, id, former, record, leaseSeconds, deck, prefetchSize, waiting, moves, hear }) {
  let isBusy = false;
  let isAskedAgain = false;
  let isDry = false;
  let failures = 0;
  let timer = null;
  let renewal = null;
  let isEntered = false;
  // The page was made while answers may have been on their way.
  let isCounted = false;
  let turn = Promise.resolve();

  /** Ask for so many cards; none keeps the leases. One after the other, so that no reply is older than the last. */
  function ask(limit) {
    turn = turn.then(() => askNow(limit));
    return turn;
  }

  async function askNow(limit) {
    const onTheirWay = await waiting();
    const movesBefore = moves();
    const known = [...new Set([...onTheirWay, ...deck.open])].slice(-MAX_KNOWN);
    // What has to be said until the server has heard it: which windows are gone, and what the page came with.
    const first = isEntered ? {} : { former: await former, record_id: record };
    const claim = { user_id: person, window_id: id, ...first, limit, open_count: deck.open.length, known };
    const reply = await post(address, claim);
    const outcome = verdict(reply.status);
    if (outcome === "taken" && reply.body?.cards) {
      failures = 0;
      if (!isEntered) hear.entered(reply.body.revision);
      isEntered = true;
      hear.state("idle");
      // What the server counted is the truth where nothing has happened since.
      const isAll = !onTheirWay.length && !(await waiting()).length && moves() === movesBefore;
      isCounted ||= isAll;
      hear.counted({ completed: reply.body.completed, own: isAll ? reply.body.own : null });
      hear.held(reply.body.held);
      // Records whose answers were on their way count as open: without cards, this is not the last word.
      return { ...reply.body, isEarly: onTheirWay.length > 0 };
    }
    failures += 1;
    if (outcome === "refused") location.reload();
    else if (outcome === "login") hear.state("login");
    else {
      hear.state("unreachable");
      clearTimeout(timer);
      timer = setTimeout(limit ? check : renew, pause(failures, reply.retryAfter));
    }
    return null;
  }

  function add({ html }) {
    const card = new Card(html);
    const since = performance.now();
    deck.add(card);
    card.load().then(() => {
      prefetchSize.loaded(performance.now() - since);
      hear.loaded(card);
    });
  }

  /** Fetch cards if too few wait. */
  async function check() {
    clearTimeout(timer);
    isAskedAgain = isBusy;
    if (isBusy) return;
    const isEmpty = !deck.current;
    if (isDry && !isEmpty) return;
    if (!isEmpty && deck.ahead > prefetchSize.size / 2) return;
    isBusy = true;
    let reply = null;
    try {
      reply = await ask(Math.min(MAX_CARDS, prefetchSize.size - deck.ahead + Number(isEmpty)));
      if (reply) take(reply);
    } finally {
      isBusy = false;
    }
    // Some may be used up by now.
    if (reply && (reply.cards.length || isAskedAgain || (!reply.empty_state && !deck.current))) check();
  }

  function take(reply) {
    for (const card of reply.cards) add(card);
    isDry = Boolean(reply.empty_state);
    plan();
    if (reply.cards.length) return hear.arrived();
    if (isDry && !deck.current) hear.none(reply);
  }

  function plan() {
    clearTimeout(renewal);
    renewal = setTimeout(renew, (leaseSeconds * 1000) / 3);
  }

  /** Keep the leases of a person who looks for long, and learn which records are still this window's. */
  async function renew() {
    if (!document.hidden && deck.open.length) await ask(0);
    plan();
  }

  /** The server has every answer: learn its counts, unless they are known. */
  async function recount() {
    if (!isCounted) await ask(0);
  }

  plan();
  return { check, renew, recount, enter: () => ask(0) };
}
