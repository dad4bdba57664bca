import assert from "node:assert/strict";
import { test } from "node:test";

import { Stopwatch } from "../../static/js/pages/annotate/stopwatch.js";

function watchAt(start = 0) {
  const clock = { now: start };
  return { clock, watch: new Stopwatch(() => clock.now) };
}

test("there is no time before everything is on screen", () => {
  const { clock, watch } = watchAt();
  clock.now = 500;
  assert.equal(watch.ms, null);
});

test("time runs from the start on, in whole milliseconds", () => {
  const { clock, watch } = watchAt(100);
  watch.start();
  clock.now = 350.4;
  assert.equal(watch.ms, 250);
  clock.now = 1100;
  assert.equal(watch.ms, 1000);
});

test("it can start at a moment that has passed", () => {
  const { clock, watch } = watchAt();
  clock.now = 500;
  watch.start(300);
  assert.equal(watch.ms, 200);
});

test("time in the background does not count, however often it comes", () => {
  const { clock, watch } = watchAt();
  watch.start();
  for (const [at, isPaused] of [[100, true], [1100, false], [1150, true], [9000, false]]) {
    clock.now = at;
    watch.pause(isPaused);
  }
  clock.now = 9010;
  assert.equal(watch.ms, 160);
});

test("it stands still while the page is in the background", () => {
  const { clock, watch } = watchAt();
  watch.start();
  clock.now = 80;
  watch.pause(true);
  clock.now = 5000;
  assert.equal(watch.ms, 80);
});

test("what is on screen in the background counts from when somebody sees it", () => {
  const { clock, watch } = watchAt();
  watch.pause(true);
  clock.now = 100;
  watch.start();
  clock.now = 600;
  assert.equal(watch.ms, 0);
  watch.pause(false);
  clock.now = 650;
  assert.equal(watch.ms, 50);
});

test("being told the same twice changes nothing", () => {
  const { clock, watch } = watchAt();
  watch.start();
  clock.now = 100;
  watch.pause(false);
  clock.now = 200;
  watch.pause(true);
  clock.now = 300;
  watch.pause(true);
  clock.now = 400;
  watch.pause(false);
  assert.equal(watch.ms, 200);
});

test("a new card starts from nothing", () => {
  const { clock, watch } = watchAt();
  watch.start();
  clock.now = 700;
  watch.reset();
  assert.equal(watch.ms, null);
  clock.now = 800;
  watch.start();
  clock.now = 850;
  assert.equal(watch.ms, 50);
});

test("a pause between two cards is nobody's time", () => {
  const { clock, watch } = watchAt();
  watch.start();
  watch.reset();
  watch.pause(true);
  clock.now = 5000;
  watch.pause(false);
  assert.equal(watch.ms, null);
  watch.start();
  clock.now = 5040;
  assert.equal(watch.ms, 40);
});
