/**
 * Several tabs of one person: no two of them show the same record, and one sends at a time. Locks end with their
 * tab. Browsers know them on secure pages only; elsewhere each tab believes that it is alone.
 */

const PREFIX = "diptych.record.";
const { locks } = navigator;
const releases = new Map();

/** Take a record for this tab; resolve with false if another one has it after `patience` ms. */
export function take(record, patience = 0) {
  if (!locks) {
    releases.set(record, () => {});
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    const options = patience ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    const hold = (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise((release) => releases.set(record, release));
    };
    locks.request(PREFIX + record, options, hold).catch(() => resolve(false));
  });
}

/** Leave a record to whichever tab wants it. */
export function leave(record) {
  releases.get(record)?.();
  releases.delete(record);
}

/** Resolve with the records that any tab has. */
export async function taken() {
  if (!locks) return [...releases.keys()];
  const { held } = await locks.query();
  return held.filter(({ name }) => name.startsWith(PREFIX)).map(({ name }) => name.slice(PREFIX.length));
}

/** Do some work while no other tab does work of the same name. */
export function alone(name, work) {
  return locks ? locks.request(name, work) : work();
}
