import assert from "node:assert/strict";
import { test } from "node:test";

import { toValues } from "../../static/js/pages/annotate/values.js";

/** Return what is stored for one question of a kind. */
function read(kind, ...texts) {
  return toValues([{ name: "q", kind, texts }]).q?.value;
}

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

test("a ranking is each value with its place", () => {
  const ranked = [{ value: "image_1", rank: 2 }, { value: "image_2", rank: 1 }];
  assert.deepEqual(read("ranking", "2:image_1", "1:image_2"), ranked);
});

test("a value that holds a colon is ranked all the same", () => {
  assert.deepEqual(read("ranking", "1:a:b"), [{ value: "a:b", rank: 1 }]);
});

test("what has no place yet is left out of a ranking", () => {
  assert.deepEqual(read("ranking", "", "1:image_2"), [{ value: "image_2", rank: 1 }]);
});

test("a text is stored as it was written", () => {
  assert.equal(read("text", "  Because…\n"), "  Because…\n");
});

test("what is empty or blank is no answer", () => {
  for (const kind of ["label_selection", "multi_label_selection", "rating", "ranking", "text"]) {
    assert.deepEqual(toValues([{ name: "q", kind, texts: [] }]), {});
    assert.deepEqual(toValues([{ name: "q", kind, texts: ["", " \n"] }]), {});
  }
});

test("each question has its own answer", () => {
  const questions = [
    { name: "side", kind: "label_selection", texts: ["image_2"] },
    { name: "stars", kind: "rating", texts: ["3"] },
    { name: "why", kind: "text", texts: [""] },
  ];
  assert.deepEqual(toValues(questions), { side: { value: "image_2" }, stars: { value: 3 } });
});
