// Keeps a part of a page fresh: while it has `data-refresh`, the page is fetched again, and the part swapped in.

const EVERY_MS = 1000;
const LONGEST_MS = 30_000;

const find = () => document.querySelector("[data-refresh]");

function swap(part, page) {
  const fresh = page.getElementById(part.id);
  if (!fresh) return location.reload();
  const focused = part.contains(document.activeElement) && document.activeElement.id;
  part.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
  document.title = page.title;
}

async function refresh(part) {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (response.redirected || response.status === 404) return location.reload();
  if (!response.ok) throw new Error(`status ${response.status}`);
  swap(part, new DOMParser().parseFromString(await response.text(), "text/html"));
}

async function keepFresh() {
  let pause = EVERY_MS;
  for (let part = find(); part; part = find()) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      await refresh(part);
      pause = EVERY_MS;
    } catch {
      // The server may be back in a moment.
      pause = Math.min(2 * pause, LONGEST_MS);
    }
  }
}

keepFresh();
