/** Sends the answers in the outbox, one window at a time, with retries until the server has them. */

import { post } from "../../components/http.js";
import { pause, toBody, verdict } from "./replies.js";

const BATCH = 25;
const LOCK_MS = 2_000;
// The window in which an answer was given sends it at once; if that window is left, another one does after this time.
const TAKE_OVER_MS = 2_000;

/**
 * Run `work` while no other window runs work of the same name, if the browser has Web Locks. Running twice does no
 * harm, so it does not wait for a frozen window that holds the lock.
 */
async function alone(name, work) {
  if (!navigator.locks) return work();
  let isBegun = false;
  const begin = () => {
    isBegun = true;
    return work();
  };
  try {
    return await navigator.locks.request(name, { signal: AbortSignal.timeout(LOCK_MS) }, begin);
  } catch (error) {
    if (isBegun) throw error;
    return work();
  }
}

/**
 * Send from the `outbox` of `person` to `address`; `report(state)` gets "idle", "login" or "unreachable".
 * `correct(response)` gets the stored response if another answer came first, and returns a sentence about it.
 */
export function sender(outbox, { person, address, report, correct }) {
  let failures = 0;
  let timer = null;
  let running = null;
  let isAskedAgain = false;

  /** Send one batch and return the reply with its outcome, or null without answers. */
  async function sendBatch(size) {
    const waiting = (await outbox.list()).filter((answer) => !answer.refused).slice(0, size);
    if (!waiting.length) return null;
    const reply = await post(address, toBody(waiting));
    // Another server may reply instead of ours, such as a hotel's login page, without these items.
    const isOurs = reply.body?.items?.length === waiting.length;
    const outcome = reply.status === 200 && !isOurs ? "later" : verdict(reply.status);
    if (outcome === "refused" && waiting.length > 1) return sendBatch(1);
    if (outcome === "taken") await settle(waiting, reply.body.items);
    if (outcome === "refused") await settle(waiting, [{ error: { detail: explain(reply) } }]);
    return { ...reply, outcome };
  }

  async function settle(sent, outcomes) {
    const refused = sent.flatMap((answer, index) => {
      const { error, item } = outcomes[index];
      const stored = error && item ? correct(item) : "";
      return error ? [{ ...answer, refused: `${error.detail}${stored}` }] : [];
    });
    if (refused.length) await outbox.put(refused);
    const kept = new Set(refused.map(({ id }) => id));
    await outbox.remove(sent.map(({ id }) => id).filter((id) => !kept.has(id)));
  }

  async function sendAll() {
    for (;;) {
      const reply = await sendBatch(BATCH);
      if (!reply) return report("idle");
      if (reply.outcome === "login") return report("login");
      if (reply.outcome === "later") return tryLater(reply.retryAfter);
      failures = 0;
      report("idle");
    }
  }

  function tryLater(retryAfter) {
    failures += 1;
    timer = setTimeout(kick, pause(failures, retryAfter));
    report("unreachable");
  }

  /** Send now; resolve when everything is sent, or can't be sent for now. */
  function kick() {
    clearTimeout(timer);
    timer = null;
    if (running) {
      isAskedAgain = true;
      return running.then(() => running);
    }
    running = alone("diptych.sender", sendAll)
      .catch(() => tryLater())
      .finally(() => {
        running = null;
        if (isAskedAgain) kick();
        isAskedAgain = false;
      });
    return running;
  }

  /** Send again at once, because the network or the session is back. */
  function retry() {
    failures = 0;
    return kick();
  }

  /** Send soon what waits in the outbox, from whichever window, unless that is planned. */
  function takeOver() {
    if (!running && !timer) timer = setTimeout(kick, TAKE_OVER_MS);
  }

  /** Send answers that are not in the outbox yet while the user leaves the page; the reply is ignored. */
  function sendLast(answers) {
    if (answers.length) post(address, toBody(answers.map((answer) => ({ ...answer, user: person }))));
  }

  return { kick, retry, takeOver, sendLast };
}

function explain({ status, body }) {
  return body?.detail?.message ?? body?.message ?? `The server rejected this answer (${status}).`;
}
