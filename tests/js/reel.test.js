import assert from "node:assert/strict";
import { test } from "node:test";

import { Reel } from "../../static/js/annotate/reel.js";

/** Return a reel of cards "a", "b", "c" …; each status is that of its card. */
function reelOf(...statuses) {
  const reel = new Reel();
  const cards = statuses.map((status, place) => ({
    record: "abcdefghijklmnopqrstuvwxyz"[place],
    status,
    isLoaded: false,
    load() {
      this.isLoaded = true;
    },
    release() {
      this.isLoaded = false;
    },
    confirm() {
      this.isOurs = true;
    },
  }));
  for (const card of cards) reel.add(card);
  return { reel, cards };
}

/** Answer the card on top, as the desk does. */
function answer(reel, status = "submitted") {
  reel.current.status = status;
  reel.forward();
}

test("an empty reel shows nothing and leads nowhere", () => {
  const { reel } = reelOf();

  assert.equal(reel.current, undefined);
  assert.equal(reel.following, undefined);
  assert.deepEqual([reel.hasBack, reel.hasForward, reel.ahead, reel.open], [false, false, 0, []]);
});

test("the first card is on top, and those behind it wait", () => {
  const { reel } = reelOf("", "", "");

  assert.equal(reel.current.record, "a");
  assert.equal(reel.following.record, "b");
  assert.equal(reel.ahead, 2);
  assert.deepEqual(reel.open, ["a", "b", "c"]);
});

test("after an answer the next card is on top", () => {
  const { reel } = reelOf("", "", "");
  answer(reel);

  assert.equal(reel.current.record, "b");
  assert.equal(reel.following.record, "c");
  assert.equal(reel.ahead, 1);
  assert.deepEqual(reel.open, ["b", "c"]);
});

test("after the last answer there is no card until one is added", () => {
  const { reel } = reelOf("");
  answer(reel);
  assert.equal(reel.current, undefined);

  reel.add({ record: "z", status: "" });
  assert.equal(reel.current.record, "z");
});

test("back goes any number of steps, and no further than the first card", () => {
  const { reel } = reelOf("", "", "", "");
  for (let count = 0; count < 3; count += 1) answer(reel);

  const seen = [];
  while (reel.hasBack) {
    reel.back();
    seen.push(reel.current.record);
  }
  reel.back();
  assert.deepEqual(seen, ["c", "b", "a"]);
  assert.equal(reel.current.record, "a");
});

test("forward goes up to the card that waits for an answer, and no further", () => {
  const { reel } = reelOf("submitted", "discarded", "", "");
  assert.ok(reel.hasForward);

  reel.forward();
  reel.forward();
  assert.equal(reel.current.record, "c");
  assert.equal(reel.hasForward, false);

  reel.forward();
  assert.equal(reel.current.record, "c");
});

test("forward leads from the last answer to where the next card will be", () => {
  const { reel } = reelOf("", "");
  answer(reel);
  answer(reel);
  reel.back();
  assert.equal(reel.current.record, "b");

  reel.forward();
  assert.equal(reel.current, undefined);
  assert.equal(reel.hasForward, false);
  assert.ok(reel.hasBack);
});

test("another answer to an earlier card goes on from there", () => {
  const { reel } = reelOf("", "", "", "");
  for (let count = 0; count < 3; count += 1) answer(reel);
  reel.back();
  reel.back();
  reel.back();
  assert.equal(reel.following.record, "b");

  answer(reel, "discarded");
  assert.equal(reel.current.record, "b");
});

test("what follows an open card is another one, and none if it is the last", () => {
  const { reel } = reelOf("submitted", "");
  assert.equal(reel.following.record, "b");

  reel.forward();
  assert.equal(reel.current.record, "b");
  assert.equal(reel.following, undefined);
});

test("drafts and discarded records wait no more", () => {
  const { reel } = reelOf("draft", "discarded", "submitted", "");
  for (let count = 0; count < 3; count += 1) reel.forward();

  assert.equal(reel.current.record, "d");
  assert.equal(reel.ahead, 0);
  assert.deepEqual(reel.open, ["d"]);
});

test("when the card on top is dropped, the next one is on top", () => {
  const { reel, cards } = reelOf("", "", "");
  reel.drop(cards[0]);

  assert.equal(reel.current.record, "b");
  assert.deepEqual(reel.open, ["b", "c"]);
});

test("when an earlier card is dropped, the one on top stays", () => {
  const { reel, cards } = reelOf("submitted", "submitted", "", "");
  reel.forward();
  reel.forward();
  reel.drop(cards[0]);
  assert.equal(reel.current.record, "c");

  reel.drop(cards[3]);
  assert.equal(reel.current.record, "c");
});

test("open cards that are not this window's go, and the others are confirmed", () => {
  const { reel, cards } = reelOf("submitted", "", "", "");
  reel.forward();
  reel.keep(["c"]);

  assert.equal(reel.current.record, "c");
  assert.deepEqual(reel.open, ["c"]);
  assert.deepEqual(cards.map(({ isOurs }) => isOurs), [undefined, undefined, true, undefined]);
  assert.ok(reel.hasBack);
});

test("only cards that are near keep their pictures", () => {
  const { reel, cards } = reelOf(...Array(20).fill("submitted"));
  for (let count = 0; count < 10; count += 1) reel.forward();
  for (const card of cards) card.load();
  reel.tend();

  const loaded = cards.filter(({ isLoaded }) => isLoaded).map(({ record }) => record);
  assert.deepEqual(loaded.join(""), "cdefghijklmnopqrs");
});

test("a card that comes near again has its pictures fetched again", () => {
  const { reel, cards } = reelOf(...Array(10).fill("submitted"));
  for (let count = 0; count < 9; count += 1) reel.forward();
  reel.tend();
  assert.equal(cards[0].isLoaded, false);

  for (let count = 0; count < 4; count += 1) reel.back();
  reel.tend();
  assert.equal(cards[0].isLoaded, true);
});
