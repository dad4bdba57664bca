import assert from "node:assert/strict";
import { test } from "node:test";

import { describe } from "../../static/js/pages/annotate/saving.js";

const CALM = { waiting: 0, refused: 0, state: "idle", isOnline: true };
const CASES = [
  [{}, "saved", "All saved"],
  [{ waiting: 2 }, "waiting", "2 waiting"],
  [{ waiting: 2, state: "unreachable" }, "unreachable", "2 waiting"],
  [{ state: "unreachable" }, "saved", "All saved"],
  [{ isOnline: false }, "offline", "Offline"],
  [{ isOnline: false, waiting: 3 }, "offline", "Offline, 3 waiting"],
  [{ refused: 1 }, "refused", "1 rejected"],
  [{ refused: 1, waiting: 4, isOnline: false }, "refused", "1 rejected"],
  [{ state: "login" }, "login", "Logged out"],
  [{ state: "login", waiting: 5 }, "login", "Log in: 5 waiting"],
  [{ state: "login", waiting: 5, refused: 1, isOnline: false }, "login", "Log in: 5 waiting"],
  [{ state: "homeless" }, "homeless", "Saved one by one"],
];

for (const [facts, state, words] of CASES) {
  test(`${JSON.stringify(facts)} is said as “${words}”`, () => {
    assert.deepEqual(describe({ ...CALM, ...facts }), [state, words]);
  });
}

test("nothing is said to be saved while anything waits", () => {
  for (const state of ["idle", "unreachable", "login", "homeless"]) {
    for (const isOnline of [true, false]) {
      assert.notEqual(describe({ waiting: 1, refused: 0, state, isOnline })[0], "saved");
    }
  }
});
