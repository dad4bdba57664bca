/** The arithmetic of looking closer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FIT, actual, align, clamp, fit, isAlike, roomOf, scales, step, zoomAt,
} from "../../static/js/pages/annotate/compare/geometry.js";

const BOX = { width: 600, height: 400 };
const LARGE = { width: 1200, height: 1200 };
const SMALL = { width: 300, height: 600 };

function room(pictures = [LARGE], ratio = 1) {
  return roomOf(BOX, pictures, ratio);
}

/** Return the point of the first picture, from its middle and in its own pixels, that lies under a point of the box. */
function under(point, view, room) {
  const [scale] = scales(view, room);
  return { x: (point.x - view.x) / scale, y: (point.y - view.y) / scale };
}

test("a picture fits where its longer side does, whether it is larger or smaller than its box", () => {
  assert.equal(fit(BOX, { width: 1200, height: 100 }), 0.5);
  assert.equal(fit(BOX, { width: 100, height: 1600 }), 0.32);
  assert.equal(fit(BOX, { width: 300, height: 100 }), 2);
  assert.equal(fit(BOX, { width: 1, height: 1 }), 400);
});

test("a very long picture is cut off at its ends rather than being a line", () => {
  const { fits } = room([{ width: 20000, height: 10 }, { width: 10, height: 20000 }]);
  assert.deepEqual(fits, [3.2, 3.2]);
});

test("each of two pictures fits its own box, so that the size of neither says anything", () => {
  const both = room([{ width: 512, height: 512 }, { width: 2048, height: 2048 }]);
  const [small, large] = scales(FIT, both);
  assert.equal(512 * small, 2048 * large);
  assert.equal(512 * small, BOX.height);
});

test("zooming keeps two pictures as large as each other", () => {
  const both = room([{ width: 128, height: 128 }, { width: 2048, height: 2048 }]);
  const [small, large] = scales({ ...FIT, zoom: 2.5 }, both);
  assert.equal(128 * small, 2048 * large);
});

test("at the same scale, the largest fits", () => {
  for (const pictures of [[LARGE, SMALL], [SMALL, LARGE]]) {
    const both = room(pictures);
    assert.deepEqual(scales({ ...FIT, isSame: true }, both), [fit(BOX, LARGE), fit(BOX, LARGE)]);
  }
});

test("pictures of nearly one size are alike", () => {
  assert.ok(isAlike(room([LARGE, { width: 1205, height: 1205 }])));
  assert.ok(!isAlike(room([LARGE, { width: 1300, height: 1300 }])));
});

test("at the actual view a picture's pixel is one of the screen, whatever its size", () => {
  assert.deepEqual(scales(actual(room([LARGE, SMALL])), room([LARGE, SMALL])), [1, 1]);
  assert.deepEqual(scales(actual(room([LARGE, SMALL], 2)), room([LARGE, SMALL], 2)), [0.5, 0.5]);
});

test("zooming keeps the point under the pointer", () => {
  const point = { x: 120, y: -70 };
  const before = { ...FIT, zoom: 1.5, x: 30, y: -20 };
  const after = zoomAt(before, 4, point);
  const [was, is] = [under(point, before, room()), under(point, after, room())];
  assert.ok(Math.abs(was.x - is.x) < 1e-9 && Math.abs(was.y - is.y) < 1e-9);
  assert.equal(after.zoom, 4);
});

test("steps end at the fit, and go on from there", () => {
  assert.equal(step({ ...FIT, zoom: 1.1 }, 0.8, room()), 1);
  assert.equal(step({ ...FIT, zoom: 0.9 }, 1.25, room([{ width: 60, height: 40 }])), 1);
  assert.equal(step(FIT, 1.25, room()), 1.25);
});

test("a large picture does not become smaller than its box, a small one not smaller than its pixels", () => {
  assert.equal(step(FIT, 0.5, room()), 1);
  assert.equal(step(FIT, 0.001, room([{ width: 60, height: 40 }])), 0.1);
});

test("there is an end to zooming in", () => {
  assert.equal(step(FIT, 1000, room()), 24);
  assert.equal(step(FIT, 1000, room([{ width: 6, height: 4 }])), 4);
});

test("what fits cannot be moved", () => {
  assert.deepEqual(clamp({ ...FIT, x: 50, y: 50 }, room()), FIT);
});

test("the edge of a picture does not come into its box", () => {
  const { x, y } = clamp({ ...FIT, zoom: 2, x: 9000, y: -9000 }, room());
  // 1200 pixels at a third, twice: 800 by 800 in 600 by 400.
  assert.deepEqual([x, y], [100, -200]);
});

test("the larger of two pictures says how far both move", () => {
  const both = room([{ width: 300, height: 200 }, LARGE]);
  assert.deepEqual(clamp({ ...FIT, zoom: 2, x: 9000, y: 9000 }, both), { ...FIT, zoom: 2, x: 300, y: 200 });
});

test("an aligned picture begins where a pixel of the screen does", () => {
  for (const ratio of [1, 1.5, 2]) {
    const odd = room([{ width: 1001, height: 777 }], ratio);
    const view = align({ ...actual(odd), x: 10.3, y: -4.8 }, odd);
    const left = ((BOX.width - 1001 / ratio) / 2 + view.x) * ratio;
    const top = ((BOX.height - 777 / ratio) / 2 + view.y) * ratio;
    assert.ok(Math.abs(left - Math.round(left)) < 1e-9 && Math.abs(top - Math.round(top)) < 1e-9);
    assert.ok(Math.abs(view.x - 10.3) <= 0.5 / ratio && Math.abs(view.y + 4.8) <= 0.5 / ratio);
  }
});
