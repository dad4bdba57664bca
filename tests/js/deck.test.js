import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/pages/annotate/deck.js";

/** Return a deck of cards "a", "b", "c" …; each status is that of its card. */
function reelOf(...statuses) {
  const deck = new Deck();
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
  for (const card of cards) deck.add(card);
  return { deck, cards };
}

/** Answer the card on top, as the session does. */
function answer(deck, status = "submitted") {
  deck.current.status = status;
  deck.forward();
}

test("an empty deck shows nothing and leads nowhere", () => {
  const { deck } = reelOf();

  assert.equal(deck.current, undefined);
  assert.equal(deck.following, undefined);
  assert.deepEqual([deck.hasBack, deck.hasForward, deck.ahead, deck.open], [false, false, 0, []]);
});

test("the first card is on top, and those behind it wait", () => {
  const { deck } = reelOf("", "", "");

  assert.equal(deck.current.record, "a");
  assert.equal(deck.following.record, "b");
  assert.equal(deck.ahead, 2);
  assert.deepEqual(deck.open, ["a", "b", "c"]);
});

test("after an answer the next card is on top", () => {
  const { deck } = reelOf("", "", "");
  answer(deck);

  assert.equal(deck.current.record, "b");
  assert.equal(deck.following.record, "c");
  assert.equal(deck.ahead, 1);
  assert.deepEqual(deck.open, ["b", "c"]);
});

test("after the last answer there is no card until one is added", () => {
  const { deck } = reelOf("");
  answer(deck);
  assert.equal(deck.current, undefined);

  deck.add({ record: "z", status: "" });
  assert.equal(deck.current.record, "z");
});

test("back goes any number of steps, and no further than the first card", () => {
  const { deck } = reelOf("", "", "", "");
  for (let count = 0; count < 3; count += 1) answer(deck);

  const seen = [];
  while (deck.hasBack) {
    deck.back();
    seen.push(deck.current.record);
  }
  deck.back();
  assert.deepEqual(seen, ["c", "b", "a"]);
  assert.equal(deck.current.record, "a");
});

test("forward goes up to the card that waits for an answer, and no further", () => {
  const { deck } = reelOf("submitted", "discarded", "", "");
  assert.ok(deck.hasForward);

  deck.forward();
  deck.forward();
  assert.equal(deck.current.record, "c");
  assert.equal(deck.hasForward, false);

  deck.forward();
  assert.equal(deck.current.record, "c");
});

test("forward leads from the last answer to where the next card will be", () => {
  const { deck } = reelOf("", "");
  answer(deck);
  answer(deck);
  deck.back();
  assert.equal(deck.current.record, "b");

  deck.forward();
  assert.equal(deck.current, undefined);
  assert.equal(deck.hasForward, false);
  assert.ok(deck.hasBack);
});

test("another answer to an earlier card goes on from there", () => {
  const { deck } = reelOf("", "", "", "");
  for (let count = 0; count < 3; count += 1) answer(deck);
  deck.back();
  deck.back();
  deck.back();
  assert.equal(deck.following.record, "b");

  answer(deck, "discarded");
  assert.equal(deck.current.record, "b");
});

test("what follows an open card is another one, and none if it is the last", () => {
  const { deck } = reelOf("submitted", "");
  assert.equal(deck.following.record, "b");

  deck.forward();
  assert.equal(deck.current.record, "b");
  assert.equal(deck.following, undefined);
});

test("drafts and discarded records wait no more", () => {
  const { deck } = reelOf("draft", "discarded", "submitted", "");
  for (let count = 0; count < 3; count += 1) deck.forward();

  assert.equal(deck.current.record, "d");
  assert.equal(deck.ahead, 0);
  assert.deepEqual(deck.open, ["d"]);
});

test("when the card on top is dropped, the next one is on top", () => {
  const { deck, cards } = reelOf("", "", "");
  deck.drop(cards[0]);

  assert.equal(deck.current.record, "b");
  assert.deepEqual(deck.open, ["b", "c"]);
});

test("when an earlier card is dropped, the one on top stays", () => {
  const { deck, cards } = reelOf("submitted", "submitted", "", "");
  deck.forward();
  deck.forward();
  deck.drop(cards[0]);
  assert.equal(deck.current.record, "c");

  deck.drop(cards[3]);
  assert.equal(deck.current.record, "c");
});

test("open cards that are not this window's go, and the others are confirmed", () => {
  const { deck, cards } = reelOf("submitted", "", "", "");
  deck.forward();
  deck.keep(["c"]);

  assert.equal(deck.current.record, "c");
  assert.deepEqual(deck.open, ["c"]);
  assert.deepEqual(cards.map(({ isOurs }) => isOurs), [undefined, undefined, true, undefined]);
  assert.ok(deck.hasBack);
});

test("only cards that are near keep their pictures", () => {
  const { deck, cards } = reelOf(...Array(20).fill("submitted"));
  for (let count = 0; count < 10; count += 1) deck.forward();
  for (const card of cards) card.load();
  deck.tend();

  const loaded = cards.filter(({ isLoaded }) => isLoaded).map(({ record }) => record);
  assert.deepEqual(loaded.join(""), "cdefghijklmnopqrs");
});

test("a card that comes near again has its pictures fetched again", () => {
  const { deck, cards } = reelOf(...Array(10).fill("submitted"));
  for (let count = 0; count < 9; count += 1) deck.forward();
  deck.tend();
  assert.equal(cards[0].isLoaded, false);

  for (let count = 0; count < 4; count += 1) deck.back();
  deck.tend();
  assert.equal(cards[0].isLoaded, true);
});
