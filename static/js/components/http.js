/** Requests to our own server. They always resolve: status 0 means no network, 401 an expired session. */

const REQUEST_TIMEOUT_MS = 20_000;
// The largest body that browsers still send after the page is left.
const KEPT_ALIVE_BYTES = 60_000;

/** Send a DELETE, even while the user leaves the page; the reply is ignored. */
export function remove(address) {
  fetch(address, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** Post JSON or a form, and return `{status, body}`; `body` is the JSON of the reply, or null. */
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
      // Without a session, pages redirect to the login page; forms redirect to the next page.
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
