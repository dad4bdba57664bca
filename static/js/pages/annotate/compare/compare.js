/** Tools for comparing the images of the record on screen. */

import * as preferences from "../../../components/preferences.js";
import * as gestures from "./gestures.js";
import * as keys from "./keys.js";
import { Overlay } from "./overlay.js";
import { measureFit } from "./fit.js";
import { Slots } from "./slots.js";
import { View } from "./view.js";

const STEP = 1.25;
// In a row of this width there is room for all tools at once, in CSS pixels; in another these lie on the pictures.
const ROW = 1160;
const SMALL = matchMedia("(width < 48rem)");

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
}

export function compare(root) {
  const tools = root.querySelector("[data-compare]");
  const button = (name) => tools.querySelector(`[data-tool=${name}]`);
  const view = new View(tools.querySelector("[data-zoom]"));
  const slots = new Slots(tools.querySelector("[data-slot]").parentElement);
  const overlay = new Overlay((slot) => {
    slots.press(slot);
    button("flicker").ariaPressed = String(slot > 0);
  });
  let images = null;

  const measure = measureFit((measured, room) => {
    if (measured !== images) return;
    if (!images.isConnected) show();
    else if (room) {
      view.enter(room);
      overlay.place();
    }
  });

  /** Show one image at a time where the person likes that, and many on a small screen. */
  function isOneAtATime() {
    return overlay.count > 1 && (preferences.get("oneAtATime") ?? (overlay.count > 2 && SMALL.matches));
  }

  function showAsLiked() {
    const isOn = isOneAtATime();
    if (isOn === root.hasAttribute("data-one-at-a-time")) return;
    overlay.choose(0);
    root.toggleAttribute("data-one-at-a-time", isOn);
    button("alone").ariaPressed = String(isOn);
  }

  const uses = {
    nearer: () => view.zoomBy(STEP),
    further: () => view.zoomBy(1 / STEP),
    fit: () => view.fit(),
    actual: () => view.actual(),
    flicker: () => overlay.turn(),
    slot: ({ slot }) => overlay.choose(Number(slot)),
    alone: () => {
      preferences.set("oneAtATime", !isOneAtATime());
      showAsLiked();
    },
    full: toggleFullScreen,
    more: () => {
      button("more").ariaExpanded = tools.toggleAttribute("data-open");
    },
  };

  tools.addEventListener("click", (event) => {
    const used = event.target.closest("[data-tool]");
    if (used) uses[used.dataset.tool](used.dataset);
  });

  const endGestures = gestures.listen(root, {
    matOf: (element) => images?.contains(element) && !element.closest("button") && element.closest(".frame__mat"),
    view,
    swiped: (isOn) => isOneAtATime() && overlay.step(isOn),
  });
  const endKeys = keys.listen({
    canHold: () => overlay.count > 1 && preferences.get("singleKeys"),
    hold: (isHeld) => overlay.hold(isHeld),
    view,
  });

  function show() {
    images = root.querySelector("[data-card]:not([inert]) .images");
    view.show(images);
    overlay.show(images);
    slots.show(overlay.count);
    showAsLiked();
    endGestures();
    endKeys();
    tools.hidden = !images;
    tools.toggleAttribute("data-alone", overlay.count === 1);
    tools.toggleAttribute("data-many", overlay.count > 2);
    if (images) measure(images);
  }

  function measureAround(element) {
    const found = element.querySelector?.(".images") ?? element.closest?.(".images");
    if (found) measure(found);
  }

  root.addEventListener("shown", show);
  root.addEventListener("loaded", (event) => measureAround(event.target));
  root.addEventListener("load", (event) => measureAround(event.target), { capture: true });
  document.addEventListener("fullscreenchange", () => {
    button("full").ariaPressed = Boolean(document.fullscreenElement);
  });

  const row = tools.parentElement;
  const crowd = () => root.toggleAttribute("data-crowded", row.clientWidth < ROW);
  crowd();
  // In the next frame: what an observer changes in the layout that it observes is an error to some browsers.
  new ResizeObserver(() => requestAnimationFrame(crowd)).observe(row);

  button("full").hidden = !document.fullscreenEnabled;
  SMALL.addEventListener("change", showAsLiked);
  show();
}
