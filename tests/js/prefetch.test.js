import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { server, settled, timers } from "./browser.js";

const { prefetch } = await import("../../static/js/pages/annotate/prefetch.js");
const { Deck } = await import("../../static/js/pages/annotate/deck.js");

const HELD = ["a", "b", "c"];
const DRY = { cards: [], empty_state: "<p>Done</p>", held: HELD, completed: 7 };
// What the server says to who has as many as they may hold.
const ENOUGH = { ...DRY, empty_state: null };
let clocks;
let heard;
beforeEach(() => {
  clocks = timers();
  heard = [];
});

/** Prefetch for a deck of open records; cards themselves need a browser, so no reply of these tests has any. */
function prefetchOf({ open = [], answered = [], waiting = [], size = 3, former = [], moves = () => 0 } = {}) {
  const deck = new Deck();
  for (const record of answered) deck.add({ record, status: "submitted" });
  for (const record of open) deck.add({ record, status: "", confirm() {} });
  for (const _ of answered) deck.forward();
  const hear = {
    state: (name) => heard.push(name),
    counted: ({ completed, own }) => heard.push(completed, ...(own ? [own] : [])),
    arrived: () => heard.push("arrived"),
    held: (records) => deck.keep(records),
    entered: () => {},
    none: ({ isEarly }) => heard.push(isEarly ? "none yet" : "none"),
  };
  const given = { address: "/cards", person: "anna", id: "w", record: "a", leaseSeconds: 600, deck, prefetchSize: { size }, hear };
  given.former = Promise.resolve(former);
  given.moves = moves;
  return { ...prefetch({ ...given, waiting: async () => (Array.isArray(waiting) ? waiting : waiting()) }), deck };
}

test("it asks for as many as should wait behind the card on top", async () => {
  const { requests } = server([200, DRY]);
  await prefetchOf({ open: ["a", "b"], size: 5 }).check();

  assert.equal(requests[0].limit, 4);
});

test("with no card on top it asks for one more", async () => {
  const { requests } = server([200, DRY]);
  await prefetchOf({ answered: ["a"], size: 5 }).check();

  assert.equal(requests[0].limit, 6);
});

test("it never asks for more than eight", async () => {
  const { requests } = server([200, DRY]);
  await prefetchOf({ size: 12 }).check();

  assert.equal(requests[0].limit, 8);
});

test("it does not ask while more than half of what it wants is there", async () => {
  const { requests } = server();
  await prefetchOf({ open: ["a", "b", "c"], size: 3 }).check();

  assert.equal(requests.length, 0);
});

test("it tells the server what is open here, or on its way", async () => {
  const { requests } = server([200, DRY]);
  await prefetchOf({ answered: ["old"], open: ["a"], waiting: ["sent", "a"] }).check();

  assert.deepEqual(requests[0].known.sort(), ["a", "sent"]);
});

test("a record that is answered while the outbox is read is not asked for again", async () => {
  const { requests } = server([200, ENOUGH]);
  const answer = () => {
    deck.find("a").status = "submitted";
    return [];
  };
  const { check, deck } = prefetchOf({ open: ["a", "b"], waiting: answer });
  await check();

  assert.deepEqual(requests[0].known.sort(), ["a", "b"]);
});

test("it says which window asks, and until the server has heard it, which ones are gone", async () => {
  const { requests } = server([503], [200, DRY], [200, DRY]);
  const { check } = prefetchOf({ former: ["x", "y"] });
  for (let count = 0; count < 3; count += 1) await check();

  assert.deepEqual(requests.map(({ window_id: id }) => id), ["w", "w", "w"]);
  assert.deepEqual(requests.map(({ former }) => former), [["x", "y"], ["x", "y"], undefined]);
});

test("what the server counted is shown where nothing is on its way, and nothing happened meanwhile", async () => {
  const reply = { ...DRY, own: "counts" };
  const count = (options) => prefetchOf({ open: ["a"], ...options }).check();
  server([200, reply], [200, reply], [200, reply]);
  await count();
  assert.ok(heard.includes("counts"));
  heard = [];
  await count({ waiting: ["z"] });
  let moves = 0;
  await count({ moves: () => (moves += 1) });
  assert.ok(!heard.includes("counts"));
});

test("once the server has every answer, its counts are learned, unless they are known", async () => {
  const reply = { ...DRY, own: "counts" };
  let sent = ["z"];
  const { requests } = server([200, reply], [200, reply]);
  const { check, recount } = prefetchOf({ open: ["a"], waiting: () => sent });
  await check();
  assert.ok(!heard.includes("counts"));
  sent = [];
  await recount();
  assert.ok(heard.includes("counts"));
  assert.equal(requests[1].limit, 0);
  await recount();
  assert.equal(requests.length, 2);
});

test("a card that another window has is dropped", async () => {
  server([200, { ...DRY, held: ["b"] }]);
  const { check, deck } = prefetchOf({ open: ["a", "b"] });
  await check();

  assert.equal(deck.current.record, "b");
});

test("one request is on its way at a time", async () => {
  let reply;
  const { requests } = server(() => new Promise((resolve) => (reply = () => resolve([200, DRY]))));
  const { check } = prefetchOf();
  check();
  check();
  await settled();
  assert.equal(requests.length, 1);
  reply();
  await settled();
});

test("where there are no more it shows why, and asks again only when it is needed", async () => {
  const { requests } = server([200, DRY], [200, DRY]);
  const { check } = prefetchOf();
  await check();
  assert.deepEqual(heard, ["idle", 7, "none"]);

  await check();
  assert.equal(requests.length, 2);
});

test("no empty state covers a card, and a dry well is not asked again for one that waits", async () => {
  const { requests } = server([200, DRY]);
  const { check } = prefetchOf({ open: ["a"] });
  await check();
  await check();

  assert.deepEqual(heard, ["idle", 7]);
  assert.equal(requests.length, 1);
});

test("what it hears while answers are on their way is not the last word", async () => {
  server([200, DRY]);
  await prefetchOf({ answered: ["a"], waiting: ["a"] }).check();

  assert.equal(heard.at(-1), "none yet");
});

test("who may hold no more is asked for again with the next answer", async () => {
  const { requests } = server([200, ENOUGH], [200, ENOUGH]);
  const { check } = prefetchOf({ open: ["a", "b"] });
  await check();
  await check();

  assert.equal(requests.length, 2);
  assert.equal(requests[0].open_count, 2);
});

test("what was used up while it asked is asked for again at once", async () => {
  let reply;
  const { requests } = server(() => new Promise((resolve) => (reply = () => resolve([200, ENOUGH]))), [200, DRY]);
  const { check, deck } = prefetchOf({ open: ["a", "b"] });
  const asked = check();
  await settled();
  for (let count = 0; count < 2; count += 1) {
    deck.current.status = "submitted";
    deck.forward();
  }
  reply();
  await asked;
  await settled();

  assert.equal(requests.length, 2);
  assert.equal(heard.at(-1), "none");
});

for (const status of [0, 429, 503]) {
  test(`after ${status || "no reply"} it says so and asks again soon`, async () => {
    server([status, {}], [200, DRY]);
    await prefetchOf().check();
    assert.deepEqual(heard, ["unreachable"]);

    const { ms, run } = clocks.find((timer) => timer.ms < 1000);
    assert.ok(ms >= 250 && ms <= 500, ms);
    await run();
    assert.equal(heard.at(-1), "none");
  });
}

test("a reply that is not our server's is none", async () => {
  server([200, "<h1>Welcome to our hotel</h1>"]);
  await prefetchOf().check();

  assert.deepEqual(heard, ["unreachable"]);
});

test("who is logged out is told, and asked for nothing until they are back", async () => {
  server([303], [200, DRY]);
  const { check } = prefetchOf();
  await check();
  assert.deepEqual(heard, ["login"]);
  assert.ok(clocks.every(({ ms }) => ms === 200_000));

  await check();
  assert.equal(heard.at(-1), "none");
});

test("a dataset that is gone is said by the page itself", async () => {
  const before = location.reloads;
  server([404, {}]);
  await prefetchOf().check();

  assert.equal(location.reloads, before + 1);
});

test("leases of open cards are renewed three times while they last", async () => {
  const { requests } = server([200, DRY], [200, DRY]);
  prefetchOf({ open: ["a", "b", "c"] });
  const { ms, run } = clocks.pop();
  assert.equal(ms, 200_000);

  await run();
  assert.deepEqual(requests, [
    {
      user_id: "anna",
      window_id: "w",
      former: [],
      record_id: "a",
      limit: 0,
      open_count: 3,
      known: ["a", "b", "c"],
    },
  ]);
  assert.equal(clocks.at(-1).ms, 200_000);
});

test("nobody's leases are renewed in the background, or where no card is open", async () => {
  const { requests } = server();
  prefetchOf({ open: ["a"] });
  document.hidden = true;
  await clocks.pop().run();
  document.hidden = false;
  prefetchOf({ answered: ["a"] });
  await clocks.pop().run();

  assert.equal(requests.length, 0);
});

test("a renewal that fails is tried again soon, and says that the server is back", async () => {
  const { requests } = server([503], [200, DRY]);
  prefetchOf({ open: ["a", "b", "c"] });
  await clocks.pop().run();
  assert.deepEqual(heard, ["unreachable"]);
  const { ms, run } = clocks.find((clock) => clock.ms <= 500);
  assert.ok(ms > 0);

  await run();
  assert.deepEqual(heard, ["unreachable", "idle", 7]);
  assert.deepEqual(requests.map(({ limit }) => limit), [0, 0]);
});

test("it names no more records than the server reads", async () => {
  const waiting = Array.from({ length: 600 }, (_, number) => `sent-${number}`);
  const { requests } = server([200, DRY]);
  await prefetchOf({ open: ["a"], waiting }).check();

  assert.equal(requests[0].known.length, 500);
  assert.ok(requests[0].known.includes("a"));
});
