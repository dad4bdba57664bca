/**
 * The windows of one person. The server deals records to each window by its id, so no two show the same one, on plain
 * http too. A window that is gone leaves its records to the next one of this browser; this finds out which are gone.
 */

import { remove } from "../../http.js";

const CHANNEL = "diptych.windows";
// In localStorage: the windows of this browser that have not said that they are gone.
const KNOWN = "diptych.windows";
// In sessionStorage, which a reload and a duplicate of this window have too: those that were left in good order.
const LEFT = "diptych.left";
const ANSWER_MS = 200;
// As many as the server reads.
const MAX_FORMER = 32;

function read(storage, name) {
  try {
    const ids = JSON.parse(window[storage].getItem(name));
    return Array.isArray(ids) ? ids : [];
  } catch {
    return [];
  }
}

function write(storage, name, ids) {
  try {
    window[storage].setItem(name, JSON.stringify(ids.slice(-MAX_FORMER)));
  } catch {
    // Without storage, the leases of windows that are gone end by themselves.
  }
}

/** Return a random UUID; `crypto.randomUUID` is there on secure pages only. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Resolve with those of the windows `ids` that do not say that they are there. */
function findGone(channel, ids) {
  const silent = new Set(ids);
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ANSWER_MS);
    function finish() {
      clearTimeout(timer);
      channel.removeEventListener("message", hear);
      resolve([...silent]);
    }
    function hear({ data }) {
      silent.delete(data.here);
      if (!silent.size) finish();
    }
    channel.addEventListener("message", hear);
    channel.postMessage({ who: true });
    if (!silent.size) finish();
  });
}

/**
 * Enter this window: return its `id`, and `former`, which resolves with the ids of the windows that are gone. When the
 * page is left, its cards are given back to the server at `address`.
 */
export function enter(address) {
  const id = newId();
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }) => data.who && channel.postMessage({ here: id }));
  const left = read("sessionStorage", LEFT);
  const others = read("localStorage", KNOWN).filter((other) => !left.includes(other));
  write("localStorage", KNOWN, [...others, id]);
  const former = findGone(channel, others).then((gone) => {
    const known = read("localStorage", KNOWN);
    write("localStorage", KNOWN, known.filter((other) => !gone.includes(other)));
    return [...left, ...gone].slice(-MAX_FORMER);
  });

  window.addEventListener("pagehide", () => {
    write("localStorage", KNOWN, read("localStorage", KNOWN).filter((other) => other !== id));
    write("sessionStorage", LEFT, [id]);
    remove(`${address}?window_id=${id}`);
  });
  return { id, former };
}
