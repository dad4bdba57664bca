/** Fetches cards before they are needed, and renews the leases of waiting cards. */

import { post } from "../../components/http.js";
import { Card } from "./card.js";
import { pause, verdict } from "./replies.js";

const MAX_CARDS = 8;
// The server's limit.
const MAX_KNOWN = 500;

/**
 * Keep `deck` filled from `address`, with cards for `person` in the window `id`; `former` is a promise of the ids of
 * closed windows, and `record` the page's first record. `waiting()` resolves with the records whose answers are being
 * sent. `hear` has the callbacks `arrived`, `entered(revision)` (once), `loaded(card)`, `counted(reply)`,
 * `held(records)`, `none(reply)` and `state(name)`. `moves()` returns how often answers have changed the counts.
 */
export function prefetch({ address, person, id, former, record, leaseSeconds, deck, prefetchSize, waiting, moves, hear }) {
  let isBusy = false;
  let isAskedAgain = false;
  let isDry = false;
  let failures = 0;
  let timer = null;
  let renewal = null;
  let isEntered = false;
  // The counts in the page may be outdated, because answers were being sent meanwhile.
  let isCounted = false;
  let turn = Promise.resolve();

  /** Request `limit` cards; 0 only renews the leases. Requests run one after another, so replies are in order. */
  function ask(limit) {
    turn = turn.then(() => askNow(limit));
    return turn;
  }

  async function askNow(limit) {
    // A record that is answered while the outbox is read is in neither list afterwards.
    const openBefore = deck.open;
    const onTheirWay = await waiting();
    const movesBefore = moves();
    const known = [...new Set([...onTheirWay, ...openBefore, ...deck.open])].slice(-MAX_KNOWN);
    // Sent until the server has confirmed it: the closed windows, and the first record of the page.
    const first = isEntered ? {} : { former: await former, record_id: record };
    const claim = { user_id: person, window_id: id, ...first, limit, open_count: deck.open.length, known };
    const reply = await post(address, claim);
    const outcome = verdict(reply.status);
    if (outcome === "taken" && reply.body?.cards) {
      failures = 0;
      if (!isEntered) hear.entered(reply.body.revision);
      isEntered = true;
      hear.state("idle");
      // The server's counts are complete only if no answer was given or being sent meanwhile.
      const isAll = !onTheirWay.length && !(await waiting()).length && moves() === movesBefore;
      isCounted ||= isAll;
      hear.counted({ completed: reply.body.completed, own: isAll ? reply.body.own : null });
      hear.held(reply.body.held);
      // The server counts records with answers in flight as open, so an empty reply may be too early.
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

  /** Fetch cards if too few are waiting. */
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
    // Some of the cards may already be answered.
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

  /** Renew the leases of an annotator who takes long, and learn which records still belong to this window. */
  async function renew() {
    if (!document.hidden && deck.open.length) await ask(0);
    plan();
  }

  /** Get the server's counts, unless they are known; call this when the server has every answer. */
  async function recount() {
    if (!isCounted) await ask(0);
  }

  plan();
  return { check, renew, recount, enter: () => ask(0) };
}
