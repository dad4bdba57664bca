import assert from "node:assert/strict";
import { test } from "node:test";

import { server } from "./browser.js";

const { post } = await import("../../static/js/components/http.js");

test("a reply comes with its status and its JSON", async () => {
  server([201, { a: 1 }]);
  assert.deepEqual(await post("/x", {}), { status: 201, retryAfter: 0, body: { a: 1 } });
});

test("a reply that is no JSON has no body", async () => {
  server([502, "<h1>Bad gateway</h1>"]);
  assert.deepEqual(await post("/x", {}), { status: 502, retryAfter: 0, body: null });
});

test("a network without a reply is status 0", async () => {
  server([0]);
  assert.deepEqual(await post("/x", {}), { status: 0, retryAfter: 0, body: null });
});

test("a redirect is not followed", async () => {
  server([303]);
  assert.equal((await post("/x", {})).status, 303);
});

test("how long to wait is in seconds, and a date counts as nothing", async () => {
  server([503, {}, { "Retry-After": "7" }], [503, {}, { "Retry-After": "Sat, 21 Nov 2026 10:00:00 GMT" }]);
  assert.equal((await post("/x", {})).retryAfter, 7);
  assert.equal((await post("/x", {})).retryAfter, 0);
});
