/** Fetches cards before they are needed, and keeps the leases of those that wait. */

import { post } from "../http.js";
import { Card } from "./card.js";
import { pause, verdict } from "./replies.js";
import * as tabs from "./tabs.js";

const MOST = 8;

/**
 * Keep `reel` supplied from `address`. `waiting()` resolves with the records whose answers are on their way;
 * `hear` is told of `arrived`, `counted(reply)`, `none(reply)` and `state(name)`.
 */
export function supply({ address, leaseSeconds, reel, pace, waiting, hear }) {
  let isBusy = false;
  let isDry = false;
  let failures = 0;
  let timer = null;
  let renewal = null;

  /** Ask for so many cards; none keeps the leases. */
  async function ask(limit) {
    const known = new Set([...(await tabs.taken()), ...(await waiting()), ...reel.open]);
    const reply = await post(address, { limit, known: [...known] });
    const outcome = verdict(reply.status);
    if (outcome === "taken" && reply.body?.cards) return reply.body;
    if (outcome === "refused") location.reload();
    else if (outcome === "login") hear.state("login");
    else {
      hear.state("unreachable");
      failures += 1;
      timer = setTimeout(check, pause(failures, reply.retryAfter));
    }
    return null;
  }

  async function add({ record, html }) {
    if (!(await tabs.take(record))) return;
    const card = new Card(html);
    const since = performance.now();
    reel.add(card);
    card.load().then(() => pace.loaded(performance.now() - since));
  }

  /** Fetch cards if too few wait. */
  async function check() {
    clearTimeout(timer);
    const isEmpty = !reel.current;
    if (isBusy || (isDry && !isEmpty)) return;
    if (!isEmpty && reel.ahead > pace.wanted / 2) return;
    isBusy = true;
    const reply = await ask(Math.min(MOST, pace.wanted - reel.ahead + Number(isEmpty)));
    if (reply) await take(reply);
    isBusy = false;
    // What was used up meanwhile.
    if (reply?.cards.length) check();
  }

  async function take(reply) {
    failures = 0;
    hear.state("idle");
    hear.counted(reply);
    for (const card of reply.cards) await add(card);
    isDry = !reply.cards.length;
    plan();
    if (reply.cards.length) return hear.arrived();
    if (reel.current) return;
    if (reply.retry_after) timer = setTimeout(check, reply.retry_after * 1000);
    hear.none(reply);
  }

  /** Keep the leases of somebody who looks for long. */
  function plan() {
    clearTimeout(renewal);
    renewal = setTimeout(async () => {
      if (!document.hidden && reel.open.length) await ask(0);
      plan();
    }, (leaseSeconds * 1000) / 3);
  }

  plan();
  return { check };
}
