import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace } from "../../static/js/annotate/pace.js";

function paceOf(loads, answers) {
  const pace = new Pace();
  for (const ms of loads) pace.loaded(ms);
  for (const ms of answers) pace.answered(ms);
  return pace;
}

test("three cards wait before anything is known", () => {
  assert.equal(new Pace().wanted, 3);
  assert.equal(paceOf([90_000], []).wanted, 3);
});

test("one more waits for every answer that is given while a card loads", () => {
  assert.equal(paceOf([100], [1000]).wanted, 4);
  assert.equal(paceOf([1000], [1000]).wanted, 4);
  assert.equal(paceOf([2500], [1000]).wanted, 6);
});

test("no more than eight wait, however slow the pictures are", () => {
  assert.equal(paceOf([600_000], [200]).wanted, 8);
});

test("one slow picture among quick ones changes little", () => {
  assert.equal(paceOf([100, 100, 3000], [1000]).wanted, 4);
  assert.equal(paceOf([100, 3000, 3000, 3000], [1000]).wanted, 6);
});

test("who becomes slower has fewer waiting", () => {
  const pace = paceOf([3000], [1000]);
  assert.equal(pace.wanted, 6);
  for (let count = 0; count < 10; count += 1) pace.answered(10_000);
  assert.equal(pace.wanted, 4);
});

test("an answer to what was not on screen yet does not count", () => {
  assert.equal(paceOf([3000], [0, 1000]).wanted, 6);
});
