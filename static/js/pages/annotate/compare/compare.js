/** Tools for comparing the two pictures of the record on screen. */

import * as preferences from "../../../preferences.js";
import * as gestures from "./gestures.js";
import * as keys from "./keys.js";
import { Overlay } from "./overlay.js";
import { measureFit } from "./fit.js";
import { View } from "./view.js";

const STEP = 1.25;
// In a row of this width there is room for all tools at once, in CSS pixels; in another these lie on the pictures.
const ROW = 1160;

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
}

export function compare(root) {
  const tools = root.querySelector("[data-compare]");
  const button = (name) => tools.querySelector(`[data-tool=${name}]`);
  const view = new View(tools.querySelector("[data-zoom]"));
  const overlay = new Overlay(tools.querySelectorAll("[data-over]"));
  let pair = null;

  const measure = measureFit((measured, room) => {
    if (measured !== pair) return;
    if (!pair.isConnected) show();
    else if (room) {
      view.enter(room);
      overlay.place();
    }
  });

  function showOneAtATime(isOn) {
    overlay.turn(false);
    root.toggleAttribute("data-one-at-a-time", isOn);
    button("alone").ariaPressed = isOn;
  }

  const uses = {
    nearer: () => view.zoomBy(STEP),
    further: () => view.zoomBy(1 / STEP),
    fit: () => view.fit(),
    actual: () => view.actual(),
    flicker: () => overlay.turn(),
    first: () => overlay.turn(false),
    second: () => overlay.turn(true),
    alone: () => {
      preferences.set("oneAtATime", !preferences.get("oneAtATime"));
      showOneAtATime(preferences.get("oneAtATime"));
    },
    full: toggleFullScreen,
    more: () => {
      button("more").ariaExpanded = tools.toggleAttribute("data-open");
    },
  };

  tools.addEventListener("click", (event) => {
    const used = event.target.closest("[data-tool]");
    if (used) uses[used.dataset.tool]();
  });

  const endGestures = gestures.listen(root, {
    matOf: (element) => pair?.contains(element) && !element.closest("button") && element.closest(".frame__mat"),
    view,
    swiped: (isOn) => preferences.get("oneAtATime") && overlay.turn(isOn),
  });
  const endKeys = keys.listen({
    canHold: () => pair && preferences.get("singleKeys"),
    hold: (isHeld) => overlay.hold(isHeld),
    view,
  });

  function show() {
    pair = root.querySelector("[data-card]:not([inert]) .pair");
    view.show(pair);
    overlay.show(pair);
    endGestures();
    endKeys();
    tools.hidden = !pair;
    if (pair) measure(pair);
  }

  function measureAround(element) {
    const found = element.querySelector?.(".pair") ?? element.closest?.(".pair");
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
  show();
  showOneAtATime(preferences.get("oneAtATime"));
}
