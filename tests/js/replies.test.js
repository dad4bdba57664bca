import assert from "node:assert/strict";
import { test } from "node:test";

import { pause, toBody, verdict } from "../../static/js/pages/annotate/replies.js";

const OF = {
  taken: [200, 201, 204, 299],
  login: [303, 401, 409],
  later: [0, 302, 408, 425, 429, 500, 502, 503, 504, 507],
  refused: [400, 403, 404, 405, 410, 413, 418, 422],
};

for (const [outcome, statuses] of Object.entries(OF)) {
  test(`a reply of ${statuses.join(", ")} means "${outcome}"`, () => {
    for (const status of statuses) assert.equal(verdict(status), outcome, status);
  });
}

test("no status drops an answer but those that would be refused for ever", () => {
  for (let status = 0; status < 600; status += 1) {
    const isLost = verdict(status) === "refused";
    assert.ok(!isLost || (status >= 400 && status < 500), status);
  }
});

test("each pause is twice as long as the one before, up to eight seconds", () => {
  const longest = [1, 2, 3, 4, 5, 6, 50].map((failures) => pause(failures, 0, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test("a pause is never shorter than half of that", () => {
  const shortest = [1, 2, 3, 4, 5, 6].map((failures) => pause(failures, 0, () => 0));
  assert.deepEqual(shortest, [250, 500, 1000, 2000, 4000, 4000]);
});

test("browsers that fail together do not come back together", () => {
  const pauses = Array.from({ length: 200 }, () => pause(4));
  assert.ok(new Set(pauses).size > 100);
  assert.ok(pauses.every((ms) => ms >= 2000 && ms <= 4000));
});

test("a pause lasts as long as the server asks for, but not for ever", () => {
  assert.equal(pause(1, 3, () => 1), 3000);
  assert.equal(pause(5, 3, () => 1), 8000);
  assert.equal(pause(1, 3600, () => 1), 8000);
});

test("answers are sent under the names that the server knows, without what is only ours", () => {
  const answer = {
    id: 7,
    user: "anna",
    title: "a cat",
    at: 1,
    refused: null,
    dataset: "d1",
    record: "r1",
    values: { preference: { value: "image_1" } },
    status: "submitted",
    shownOrder: [2, 1],
    duration: 1234,
    revision: 2,
    reason: null,
  };
  assert.deepEqual(toBody([answer, { ...answer, record: "r2", status: "discarded", reason: "Blurred" }]), {
    user_id: "anna",
    items: [
      {
        dataset_id: "d1",
        record_id: "r1",
        values: { preference: { value: "image_1" } },
        status: "submitted",
        shown_order: [2, 1],
        swapped: undefined,
        duration_ms: 1234,
        revision: 2,
        skip_reason: null,
      },
      {
        dataset_id: "d1",
        record_id: "r2",
        values: { preference: { value: "image_1" } },
        status: "discarded",
        shown_order: [2, 1],
        swapped: undefined,
        duration_ms: 1234,
        revision: 2,
        skip_reason: "Blurred",
      },
    ],
  });
});
