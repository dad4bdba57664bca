/**
 * The windows of one annotator. The server assigns records to each window by its id, so that no two show the same
 * record, even over plain HTTP. The next window of this browser takes over the records of closed windows, which this
 * module detects.
 */

import { remove } from "../../components/http.js";

const CHANNEL = "diptych.windows";
// In localStorage: the windows of this browser that have not been left properly.
const KNOWN = "diptych.windows";
// In sessionStorage, which reloads and duplicates of this window share: the windows that were left properly.
const LEFT = "diptych.left";
const ANSWER_MS = 200;
// The server's limit.
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
    // Without storage, the leases of closed windows expire.
  }
}

/** Return a random UUID; `crypto.randomUUID` exists only on secure pages. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Resolve with the windows among `ids` that do not respond. */
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
 * Enter this window: return its `id`, and `former`, which resolves with the ids of closed windows. When the user leaves
 * the page, its cards are released at `address`.
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
