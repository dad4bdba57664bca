/** The line that says where the answers are, and the one live region that says so aloud. */

// What takes no longer than this is not worth a word.
const CALM_MS = 700;

/** Return the state and the words for so many answers that wait, were refused, or are being written. */
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

/** Show the states of `root`, the element of the header. */
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
    /** Nothing is called saved before this is written. */
    watch(written) {
      set({ writing: facts.writing + 1 });
      writing = written.catch(() => {}).then(() => set({ writing: facts.writing - 1 }));
    },
    /** Set what is still being counted, once it is; resolve then. */
    learn(news) {
      learning = news.then(set);
      return learning;
    },
    /** Say something aloud, and where the answers are if that is worth it. */
    async say(words) {
      await writing;
      await learning.catch(() => {});
      const [state, where] = describe({ ...facts, isOnline: navigator.onLine });
      live.textContent = ["saved", "waiting"].includes(state) ? words : `${where}. ${words}`;
    },
  };
}
