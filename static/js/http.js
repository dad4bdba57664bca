/** Requests to our own server. A reply always comes: status 0 is a network that has none, 401 a lost session. */

const REQUEST_TIMEOUT_MS = 20_000;
// Browsers let no more than this outlive the page that sends it.
const KEPT_ALIVE_BYTES = 60_000;

/** Ask for something to be removed, also while the page is left; nobody waits for the reply. */
export function remove(address) {
  fetch(address, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** Post JSON, or a form, and return `{status, body}`; `body` is the JSON of the reply, if it is any. */
export async function post(address, content) {
  const isForm = content instanceof URLSearchParams;
  const body = isForm ? content : JSON.stringify(content);
  const headers = isForm ? {} : { "Content-Type": "application/json" };
  try {
    const response = await fetch(address, {
      method: "POST",
      headers,
      body,
      keepalive: String(body).length < KEPT_ALIVE_BYTES,
      // Pages lead to the login page, forms to the next one.
      redirect: "manual",
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const isRedirect = response.type === "opaqueredirect";
    return {
      status: isRedirect ? 303 : response.status,
      retryAfter: Number(response.headers.get("Retry-After")) || 0,
      body: isRedirect ? null : await response.json().catch(() => null),
    };
  } catch {
    return { status: 0, retryAfter: 0, body: null };
  }
}
