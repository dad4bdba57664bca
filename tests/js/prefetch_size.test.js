import assert from "node:assert/strict";
import { test } from "node:test";

import { PrefetchSize } from "../../static/js/pages/annotate/prefetch_size.js";

function sizeOf(loads, answers) {
  const prefetchSize = new PrefetchSize();
  for (const ms of loads) prefetchSize.loaded(ms);
  for (const ms of answers) prefetchSize.answered(ms);
  return prefetchSize;
}

test("three cards wait before anything is known", () => {
  assert.equal(new PrefetchSize().size, 3);
  assert.equal(sizeOf([90_000], []).size, 3);
});

test("one more waits for every answer that is given while a card loads", () => {
  assert.equal(sizeOf([100], [1000]).size, 4);
  assert.equal(sizeOf([1000], [1000]).size, 4);
  assert.equal(sizeOf([2500], [1000]).size, 6);
});

test("no more than eight wait, however slow the pictures are", () => {
  assert.equal(sizeOf([600_000], [200]).size, 8);
});

test("one slow picture among quick ones changes little", () => {
  assert.equal(sizeOf([100, 100, 3000], [1000]).size, 4);
  assert.equal(sizeOf([100, 3000, 3000, 3000], [1000]).size, 6);
});

test("who becomes slower has fewer waiting", () => {
  const prefetchSize = sizeOf([3000], [1000]);
  assert.equal(prefetchSize.size, 6);
  for (let count = 0; count < 10; count += 1) prefetchSize.answered(10_000);
  assert.equal(prefetchSize.size, 4);
});

test("an answer to what was not on screen yet does not count", () => {
  assert.equal(sizeOf([3000], [0, 1000]).size, 6);
});
