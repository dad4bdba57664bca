import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { server, settled, timers } from "./browser.js";

const { sender } = await import("../../static/js/pages/annotate/sender.js");

let clocks;
let states;
beforeEach(() => {
  clocks = timers();
  states = [];
});

/** Return an outbox in memory that holds so many answers. */
function outboxOf(count) {
  let answers = [];
  const outbox = {
    async list() {
      return structuredClone(answers);
    },
    async remove(ids) {
      answers = answers.filter(({ id }) => !ids.includes(id));
    },
    async put(changed) {
      answers = answers.map((answer) => changed.find(({ id }) => id === answer.id) ?? answer);
    },
    add(more) {
      const id = answers.length + 1;
      const answer = { id, user: "anna", record: `r${id}`, values: {}, status: "submitted", refused: null };
      answers.push({ ...answer, ...more });
    },
  };
  for (let number = 0; number < count; number += 1) outbox.add();
  return outbox;
}

function senderOf(outbox) {
  return sender(outbox, { person: "anna", address: "/answers", report: (state) => states.push(state) });
}

/** Take every answer. */
function takeAll({ items }) {
  return [200, { items: items.map(() => ({ item: {}, error: null })) }];
}

async function recordsIn(outbox) {
  return (await outbox.list()).map(({ record }) => record);
}

test("what the server has taken leaves the outbox", async () => {
  const outbox = outboxOf(2);
  const { requests } = server(takeAll);
  await senderOf(outbox).kick();

  assert.deepEqual(requests[0].items.map(({ record_id: record }) => record), ["r1", "r2"]);
  assert.equal(requests[0].user_id, "anna");
  assert.deepEqual(await recordsIn(outbox), []);
  assert.equal(states.at(-1), "idle");
});

test("nothing is sent where nothing waits", async () => {
  const { requests } = server();
  await senderOf(outboxOf(0)).kick();

  assert.equal(requests.length, 0);
  assert.deepEqual(states, ["idle"]);
});

test("many answers go in batches, in the order in which they were given", async () => {
  const outbox = outboxOf(60);
  const { requests } = server(takeAll, takeAll, takeAll);
  await senderOf(outbox).kick();

  assert.deepEqual(requests.map(({ items }) => items.length), [25, 25, 10]);
  assert.equal(requests[2].items.at(-1).record_id, "r60");
  assert.deepEqual(await recordsIn(outbox), []);
});

test("what a page of 0.1.0 left in the outbox is sent as that page would have, in the order of all", async () => {
  const outbox = outboxOf(0);
  outbox.add({ swapped: true });
  outbox.add({ swapped: false, revision: 2 });
  outbox.add({ shownOrder: [3, 1, 2] });
  outbox.add({ shownOrder: null });
  const { requests } = server(takeAll);
  await senderOf(outbox).kick();

  const [first, second, third, fourth] = requests[0].items;
  assert.equal(first.swapped, true);
  assert.equal(second.swapped, false);
  assert.equal(second.revision, 2);
  for (const item of [first, second]) assert.ok(!("shown_order" in item));
  assert.deepEqual(third.shown_order, [3, 1, 2]);
  assert.equal(fourth.shown_order, null);
  for (const item of [third, fourth]) assert.ok(!("swapped" in item));
  assert.deepEqual(await recordsIn(outbox), []);
});

test("an answer stays in the outbox until the server has confirmed it", async () => {
  const outbox = outboxOf(1);
  const meanwhile = [];
  server(async (request) => {
    meanwhile.push(await recordsIn(outbox));
    return takeAll(request);
  });
  await senderOf(outbox).kick();

  assert.deepEqual(meanwhile, [["r1"]]);
});

for (const status of [0, 408, 429, 500, 502, 503]) {
  test(`after ${status || "no reply"} everything stays and is sent again later`, async () => {
    const outbox = outboxOf(2);
    const { requests } = server([status, {}], takeAll);
    await senderOf(outbox).kick();
    assert.deepEqual(await recordsIn(outbox), ["r1", "r2"]);
    assert.deepEqual(states, ["unreachable"]);
    const [{ run, ms }] = clocks;
    assert.ok(ms >= 250 && ms <= 500, ms);

    await run();
    assert.deepEqual(await recordsIn(outbox), []);
    assert.equal(requests.length, 2);
    assert.equal(states.at(-1), "idle");
  });
}

test("each failure in a row makes the pause longer, and one success short again", async () => {
  const outbox = outboxOf(1);
  server([0], [503, ""], [500, "no JSON"], takeAll, [0]);
  await senderOf(outbox).kick();
  const longest = [500, 1000, 2000];
  for (const most of longest) {
    const { run, ms } = clocks.pop();
    assert.ok(ms >= most / 2 && ms <= most, ms);
    await run();
  }
  outbox.add();
  await senderOf(outbox).kick();
  assert.ok(clocks.at(-1).ms <= 500);
});

test("the server says how long to wait", async () => {
  server([503, {}, { "Retry-After": "3" }]);
  await senderOf(outboxOf(1)).kick();

  assert.equal(clocks[0].ms, 3000);
});

for (const status of [303, 401, 409]) {
  test(`after ${status} it waits for somebody to log in, and tries no more by itself`, async () => {
    const outbox = outboxOf(1);
    server([status, {}], takeAll);
    const sending = senderOf(outbox);
    await sending.kick();
    assert.deepEqual(states, ["login"]);
    assert.equal(clocks.length, 0);
    assert.deepEqual(await recordsIn(outbox), ["r1"]);

    await sending.retry();
    assert.deepEqual(await recordsIn(outbox), []);
  });
}

test("a reply of somebody else in the server's place confirms nothing", async () => {
  for (const reply of ["<h1>Welcome to our hotel</h1>", "{}", '{"items": []}', "null"]) {
    const outbox = outboxOf(1);
    server([200, reply]);
    await senderOf(outbox).kick();

    assert.deepEqual(await recordsIn(outbox), ["r1"], reply);
    assert.equal(states.at(-1), "unreachable");
  }
});

test("an answer that is refused is kept with the reason, and the others are sent", async () => {
  const outbox = outboxOf(3);
  server(({ items }) => [
    200,
    { items: items.map(({ record_id: record }) => ({ error: record === "r2" ? { detail: "Gone." } : null })) },
  ]);
  await senderOf(outbox).kick();

  const kept = await outbox.list();
  assert.deepEqual(kept.map(({ record, refused }) => [record, refused]), [["r2", "Gone."]]);
});

test("what was refused is not sent again", async () => {
  const outbox = outboxOf(1);
  const { requests } = server(() => [200, { items: [{ error: { detail: "Gone." } }] }]);
  const sending = senderOf(outbox);
  await sending.kick();
  await sending.kick();

  assert.equal(requests.length, 1);
});

test("a batch that is refused as a whole is sent one by one", async () => {
  const outbox = outboxOf(3);
  const badOne = ({ items }) =>
    items.some(({ record_id: record }) => record === "r2")
      ? [422, { detail: { message: "This is no answer." } }]
      : takeAll({ items });
  const { requests } = server(...Array(6).fill(badOne));
  await senderOf(outbox).kick();

  const kept = await outbox.list();
  assert.deepEqual(kept.map(({ record, refused }) => [record, refused]), [["r2", "This is no answer."]]);
  assert.ok(requests.length <= 5);
});

test("a refusal without a reason has its number", async () => {
  const outbox = outboxOf(1);
  server([413, "too large"]);
  await senderOf(outbox).kick();

  assert.match((await outbox.list())[0].refused, /413/);
});

test("no two requests are on their way at once, and what comes meanwhile goes with the next", async () => {
  const outbox = outboxOf(1);
  let reply;
  const held = (request) => new Promise((resolve) => (reply = () => resolve(takeAll(request))));
  const { requests } = server(held, takeAll);
  const sending = senderOf(outbox);
  const first = sending.kick();
  await settled();
  outbox.add();
  sending.kick();
  sending.kick();
  await settled();
  assert.equal(requests.length, 1);

  reply();
  await first;
  await settled();
  assert.equal(requests.length, 2);
  assert.deepEqual(await recordsIn(outbox), []);
});

test("an outbox that cannot be read is tried again", async () => {
  const outbox = outboxOf(1);
  const { list } = outbox;
  outbox.list = () => Promise.reject(new Error("The database is closing."));
  server(takeAll);
  await senderOf(outbox).kick();
  assert.deepEqual(states, ["unreachable"]);

  outbox.list = list;
  await clocks[0].run();
  assert.deepEqual(await recordsIn(outbox), []);
});

test("answers that another window leaves behind are sent soon, and at their turn where a turn is planned", async () => {
  const outbox = outboxOf(1);
  const { requests } = server([503, null], takeAll, takeAll);
  const { kick, takeOver } = senderOf(outbox);
  takeOver();
  takeOver();
  assert.deepEqual(clocks.map(({ ms }) => ms), [2000]);
  await clocks.pop().run();
  await settled();
  takeOver();

  assert.equal(requests.length, 1);
  assert.equal(clocks.length, 1, "the answer is planned to be sent again");
});
