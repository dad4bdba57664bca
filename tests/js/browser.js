/** Just enough of a browser for what talks to the server: replies to order, and timers that tests wind on. */

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/**
 * Return a server that gives `replies` one after the other, and keeps the `requests`: the bodies it was sent. A
 * reply is `[status, body, headers]`, or a function of the request's body that returns one.
 */
export function server(...replies) {
  const requests = [];
  define("fetch", async (address, { body }) => {
    const request = JSON.parse(body);
    requests.push(request);
    let reply = replies.shift();
    if (typeof reply === "function") reply = await reply(request);
    if (!reply) throw new Error("This request was not expected.");
    const [status, content, headers] = reply;
    if (status === 0) throw new TypeError("Failed to fetch");
    // What `redirect: "manual"` makes of a redirect.
    if (status === 303) return { type: "opaqueredirect", status: 0, headers: new Headers() };
    return new Response(typeof content === "string" ? content : JSON.stringify(content), { status, headers });
  });
  return { requests, replies };
}

/** Replace the timers: return those that are set, as `{ms, run}`, the oldest first. */
export function timers() {
  const set = [];
  define("setTimeout", (run, ms) => {
    const timer = { run, ms };
    set.push(timer);
    return timer;
  });
  define("clearTimeout", (timer) => {
    const place = set.indexOf(timer);
    if (place >= 0) set.splice(place, 1);
  });
  return set;
}

/** Let everything happen that can without a timer. */
export async function settled() {
  for (let count = 0; count < 50; count += 1) await new Promise(setImmediate);
}

// Without locks, as on a page that is not secure.
define("navigator", {});
define("document", { hidden: false });
define("location", {
  reloads: 0,
  reload() {
    this.reloads += 1;
  },
});
