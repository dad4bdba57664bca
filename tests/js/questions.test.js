import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { before, test } from "node:test";

import { load, toValues } from "../../static/js/pages/annotate/questions.js";

const folder = new URL("../../static/js/pages/annotate/questions/", import.meta.url);
const types = readdirSync(folder).map((name) => name.replace(".js", ""));

before(() => load({ dataset: { questionTypes: types.join(" ") } }));

/** Return what is stored for one question of a type. */
function read(type, ...texts) {
  return toValues([{ name: "q", type, texts }]).q?.value;
}

test("a page without a card has no questions", async () => {
  await load(null);
  await load({ dataset: { questionTypes: "" } });
});

test("a label is its text", () => {
  assert.equal(read("label_selection", "image_1"), "image_1");
});

test("several labels are a list, also if there is one", () => {
  assert.deepEqual(read("multi_label_selection", "hands", "text"), ["hands", "text"]);
  assert.deepEqual(read("multi_label_selection", "hands"), ["hands"]);
});

test("a rating is a number", () => {
  assert.equal(read("rating", "4"), 4);
  assert.equal(read("rating", "0"), 0);
  assert.equal(read("rating", "10"), 10);
});

test("a ranking is each value with its rank", () => {
  const ranked = [{ value: "image_1", rank: 2 }, { value: "image_2", rank: 1 }];
  assert.deepEqual(read("ranking", "2:image_1", "1:image_2"), ranked);
});

test("a value that holds a colon is ranked all the same", () => {
  assert.deepEqual(read("ranking", "1:a:b"), [{ value: "a:b", rank: 1 }]);
});

test("what has no rank yet is left out of a ranking", () => {
  assert.deepEqual(read("ranking", "", "1:image_2"), [{ value: "image_2", rank: 1 }]);
});

test("a text is stored as it was written", () => {
  assert.equal(read("text", "  Because…\n"), "  Because…\n");
});

test("marks are lines", () => {
  const marks = [{ label: "colour", start: 2, end: 5 }, { label: "a: b\nc", start: 10, end: 11 }];
  assert.deepEqual(read("span", "colour: 2-5\na: b\nc: 10-11"), marks);
});

test("that there is nothing to mark is an answer", () => {
  assert.deepEqual(read("span", "", "nothing"), []);
});

test("what is empty or blank is no answer", () => {
  for (const type of types) {
    assert.deepEqual(toValues([{ name: "q", type, texts: [] }]), {});
    assert.deepEqual(toValues([{ name: "q", type, texts: ["", " \n"] }]), {});
  }
});

test("each question has its own answer", () => {
  const questions = [
    { name: "side", type: "label_selection", texts: ["image_2"] },
    { name: "stars", type: "rating", texts: ["3"] },
    { name: "why", type: "text", texts: [""] },
  ];
  assert.deepEqual(toValues(questions), { side: { value: "image_2" }, stars: { value: 3 } });
});
