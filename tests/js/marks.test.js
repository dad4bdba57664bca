import assert from "node:assert/strict";
import { test } from "node:test";

import { Marks, isTouching, isWithin } from "../../static/js/pages/annotate/marks.js";
import { split } from "../../static/js/pages/annotate/text_surface.js";

/** Return a mark; "a 0 3" is one with the label a, from 0 to 3. */
function mark(text) {
  const [label, start, end] = text.split(" ");
  return { label, start: Number(start), end: Number(end) };
}

function marksOf(isOverlapping, ...texts) {
  return new Marks(texts.map(mark), isOverlapping);
}

function textsOf(marks) {
  return marks.list.map(({ label, start, end }) => `${label} ${start} ${end}`);
}

test("parts touch where they have something in common", () => {
  assert.equal(isTouching(mark("a 0 3"), mark("b 3 5")), false);
  assert.equal(isTouching(mark("a 0 4"), mark("b 3 5")), true);
  assert.equal(isWithin(mark("a 3 5"), mark("b 3 5")), true);
  assert.equal(isWithin(mark("a 2 5"), mark("b 3 5")), false);
});

test("marks are in the order of the text, the longer one first", () => {
  assert.deepEqual(textsOf(marksOf(true, "a 5 6", "b 0 1", "c 0 4")), ["c 0 4", "b 0 1", "a 5 6"]);
});

test("a mark takes the place of those that it would overlap", () => {
  const marks = marksOf(false, "a 0 3", "b 4 6", "a 7 9");
  marks.add({ ...mark("c 2 5"), hint: "Suggested" });
  assert.deepEqual(textsOf(marks), ["c 2 5", "a 7 9"]);
  assert.deepEqual(Object.keys(marks.list[0]), ["label", "start", "end"]);
});

test("where marks may overlap, only those of the same label that are covered go", () => {
  const marks = marksOf(true, "a 0 3", "b 2 4", "a 3 5");
  marks.add(mark("a 1 5"));
  assert.deepEqual(textsOf(marks), ["a 0 3", "a 1 5", "b 2 4"]);
  marks.add(mark("a 1 5"));
  assert.deepEqual(textsOf(marks), ["a 0 3", "a 1 5", "b 2 4"]);
});

test("the last mark in a part is found, of a label if that makes a difference", () => {
  const one = marksOf(true, "a 0 5", "b 1 3");
  assert.equal(one.find(mark("x 2 3")).label, "b");
  assert.equal(one.find(mark("x 2 3"), "a").label, "a");
  assert.equal(one.find(mark("x 2 3"), "c"), undefined);
  assert.equal(marksOf(false, "a 0 5").find(mark("x 2 3"), "c").label, "a");
});

test("a mark that is removed is gone, and another one like it is not there", () => {
  const marks = marksOf(false, "a 0 3", "b 4 6");
  marks.remove(marks.find(mark("x 4 5")));
  assert.deepEqual(textsOf(marks), ["a 0 3"]);
  assert.equal(marks.has(mark("b 4 6")), false);
  assert.equal(marks.has(mark("a 0 3")), true);
});

test("the units of a text are what can be seen of it, whole characters and words", () => {
  const words = (text) => split(text, "word").map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(words("Don’t  mark\nme, 👩‍🌾!"), ["Don’t", "mark", "me", ",", "👩‍🌾", "!"]);
  assert.deepEqual(words("بيت أحمر"), ["بيت", "أحمر"]);
  assert.deepEqual(words(" \n"), []);
  assert.deepEqual(split("né👍🏽", "grapheme"), [{ start: 0, end: 1 }, { start: 1, end: 2 }, { start: 2, end: 6 }]);
});
