/** The answers that the server has not confirmed, in the browser's database: they survive page and network. */

const NAME = "diptych";
const STORE = "answers";

function done(request, event = "success") {
  return new Promise((resolve, reject) => {
    request[`on${event}`] = () => resolve(request.result);
    request.onerror = request.onabort = () => reject(request.error);
  });
}

function connect() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
  };
  return done(request).then((database) => {
    // Do not block another window that deletes this database, or a later version of this page.
    database.onversionchange = () => database.close();
    return database;
  });
}

/**
 * Open the outbox of an annotator. Rejects if the browser cannot store anything. `changed` is called after every
 * change in any window.
 */
export async function open(person, changed) {
  let database = await connect();
  const windows = new BroadcastChannel(`${NAME}.${STORE}`);
  windows.onmessage = changed;
  // A page that the browser keeps for Back must not hold up what other pages write.
  window.addEventListener("pagehide", () => database.close());

  /** Start to write in this task, and resolve when it is written; only then is the answer saved. */
  function write(work) {
    const transaction = database.transaction(STORE, "readwrite");
    const written = done(transaction, "complete");
    work(transaction.objectStore(STORE));
    transaction.commit();
    return written;
  }

  /** Open a new connection after `write` failed: some browsers close connections that are open for long. */
  async function writeAnew(work) {
    database = await connect();
    await write(work);
  }

  function change(work) {
    let written;
    try {
      written = write(work);
    } catch {
      written = writeAnew(work);
    }
    return written.then(() => {
      windows.postMessage(null);
      changed();
    });
  }

  /** Return this annotator's answers, oldest first. */
  async function list() {
    const read = () => {
      const transaction = database.transaction(STORE);
      const found = transaction.objectStore(STORE).getAll();
      // Without this it ends only when this page has read the result, which a frozen page never does.
      transaction.commit();
      return found;
    };
    let request;
    try {
      request = read();
    } catch {
      database = await connect();
      request = read();
    }
    const all = await done(request);
    return all.filter((answer) => answer.user === person);
  }

  return {
    list,
    add: (answer) => change((store) => store.add({ ...answer, user: person, refused: null })),
    remove: (ids) => change((store) => ids.forEach((id) => store.delete(id))),
    put: (answers) => change((store) => answers.forEach((answer) => store.put(answer))),
  };
}
