/** The arithmetic of looking closer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FIT, actual, align, clamp, common, fit, step, zoomAt } from "../../static/js/annotate/compare/geometry.js";

const BOX = { width: 600, height: 400 };
const LARGE = { width: 1200, height: 1200 };
const SMALL = { width: 300, height: 600 };

function room(pictures = [LARGE], ratio = 1) {
  return { box: BOX, pictures, scale: common(BOX, pictures), ratio };
}

/** Return the point of the picture, from its middle and in its own pixels, that lies under a point of the box. */
function under(point, view, { scale }) {
  return { x: (point.x - view.x) / (scale * view.zoom), y: (point.y - view.y) / (scale * view.zoom) };
}

test("a picture fits where its longer side does", () => {
  assert.equal(fit(BOX, { width: 1200, height: 100 }), 0.5);
  assert.equal(fit(BOX, { width: 100, height: 1600 }), 0.25);
  assert.equal(fit(BOX, { width: 300, height: 100 }), 2);
});

test("the scale of two is the one at which both fit", () => {
  assert.equal(common(BOX, [LARGE, SMALL]), fit(BOX, LARGE));
  assert.equal(common(BOX, [SMALL, LARGE]), fit(BOX, LARGE));
});

test("at the actual zoom a picture's pixel is one of the screen", () => {
  assert.equal(common(BOX, [LARGE]) * actual(room()), 1);
  assert.equal(common(BOX, [LARGE]) * actual(room([LARGE], 2)), 0.5);
});

test("zooming keeps the point under the pointer", () => {
  const point = { x: 120, y: -70 };
  const before = { zoom: 1.5, x: 30, y: -20 };
  const after = zoomAt(before, 4, point);
  const [was, is] = [under(point, before, room()), under(point, after, room())];
  assert.ok(Math.abs(was.x - is.x) < 1e-9 && Math.abs(was.y - is.y) < 1e-9);
  assert.equal(after.zoom, 4);
});

test("steps end at the fit, and go on from there", () => {
  assert.equal(step(1.1, 0.8, room()), 1);
  assert.equal(step(0.9, 1.25, room([{ width: 60, height: 40 }])), 1);
  assert.equal(step(1, 1.25, room()), 1.25);
});

test("a large picture does not become smaller than its box, a small one not smaller than its pixels", () => {
  assert.equal(step(1, 0.5, room()), 1);
  const small = room([{ width: 60, height: 40 }]);
  assert.equal(step(1, 0.001, small), actual(small));
});

test("there is an end to zooming in", () => {
  assert.equal(step(1, 1000, room()), 8 * actual(room()));
  assert.equal(step(1, 1000, room([{ width: 6, height: 4 }])), 4);
});

test("what fits cannot be moved", () => {
  assert.deepEqual(clamp({ ...FIT, x: 50, y: 50 }, room()), FIT);
});

test("the edge of a picture does not come into its box", () => {
  const { x, y } = clamp({ zoom: 2, x: 9000, y: -9000 }, room());
  // 1200 pixels at a third, twice: 800 by 800 in 600 by 400.
  assert.deepEqual([x, y], [100, -200]);
});

test("the larger of two pictures says how far both move", () => {
  const both = { box: BOX, pictures: [{ width: 100, height: 100 }, LARGE], scale: 1 / 3, ratio: 1 };
  assert.deepEqual(clamp({ zoom: 2, x: 9000, y: 9000 }, both), { zoom: 2, x: 100, y: 200 });
});

test("an aligned picture begins where a pixel of the screen does", () => {
  for (const ratio of [1, 1.5, 2]) {
    const odd = room([{ width: 1001, height: 777 }], ratio);
    const view = align({ zoom: actual(odd), x: 10.3, y: -4.8 }, odd);
    const left = ((BOX.width - 1001 / ratio) / 2 + view.x) * ratio;
    const top = ((BOX.height - 777 / ratio) / 2 + view.y) * ratio;
    assert.ok(Math.abs(left - Math.round(left)) < 1e-9 && Math.abs(top - Math.round(top)) < 1e-9);
    assert.ok(Math.abs(view.x - 10.3) <= 0.5 / ratio && Math.abs(view.y + 4.8) <= 0.5 / ratio);
  }
});
