/** The line in the header that says where the answers are, and the live region for screen readers. */

// Shorter waits are not shown.
const CALM_MS = 700;

/** Return the state and the text for numbers of answers that wait, were rejected, or are being written. */
export function describe({ waiting, refused, state, isOnline, writing }) {
  if (state === "homeless") return ["homeless", "Saved one by one"];
  if (state === "login" && waiting) return ["login", `Log in: ${waiting} waiting`];
  if (state === "login") return ["login", "Logged out"];
  if (refused) return ["refused", `${refused} rejected`];
  if (!isOnline) return ["offline", waiting ? `Offline, ${waiting} waiting` : "Offline"];
  if (writing && !waiting) return ["waiting", "Saving"];
  if (!waiting) return ["saved", "All saved"];
  return [state === "unreachable" ? "unreachable" : "waiting", `${waiting} waiting`];
}

/** Show the state in `root`, an element of the header. */
export function saving(root) {
  const text = root.querySelector("[data-saving-text]");
  const live = document.querySelector("[data-live]");
  const facts = { waiting: 0, refused: 0, writing: 0, state: "idle", isOnline: true };
  let timer = null;
  let writing = Promise.resolve();
  let learning = Promise.resolve();

  function show() {
    const [state, words] = describe({ ...facts, isOnline: navigator.onLine });
    clearTimeout(timer);
    const isCalm = state === "waiting" && root.dataset.state === "saved";
    timer = setTimeout(() => {
      root.dataset.state = state;
      text.textContent = words;
    }, isCalm ? CALM_MS : 0);
  }

  root.hidden = false;
  for (const event of ["online", "offline"]) window.addEventListener(event, show);

  function set(news) {
    Object.assign(facts, news);
    show();
  }

  return {
    facts,
    set,
    /** Do not say "saved" before `written` resolves. */
    watch(written) {
      set({ writing: facts.writing + 1 });
      writing = written.catch(() => {}).then(() => set({ writing: facts.writing - 1 }));
    },
    /** Set facts from a promise, and resolve when they are set. */
    learn(news) {
      learning = news.then(set);
      return learning;
    },
    /** Announce `words` to screen readers, with the state of the answers if it matters. */
    async say(words) {
      await writing;
      await learning.catch(() => {});
      const [state, where] = describe({ ...facts, isOnline: navigator.onLine });
      live.textContent = ["saved", "waiting"].includes(state) ? words : `${where}. ${words}`;
    },
  };
}
