/** The meaning of the server's replies for sent answers. */

const FIRST_MS = 500;
const LAST_MS = 8_000;

/**
 * Return "taken", "login", "later" or "refused". Only permanent errors are "refused"; after temporary errors, answers
 * stay in the outbox.
 */
export function verdict(status) {
  if (status >= 200 && status < 300) return "taken";
  // The session has ended, or another user has logged in.
  if ([303, 401, 409].includes(status)) return "login";
  if (status < 400 || status >= 500 || [408, 425, 429].includes(status)) return "later";
  return "refused";
}

/** Return how long to wait after a number of failures in a row, in ms: longer each time, with a random part. */
export function pause(failures, retryAfter = 0, random = Math.random) {
  const longest = Math.min(LAST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.max(longest / 2 + (random() * longest) / 2, Math.min(retryAfter * 1000, LAST_MS));
}

/** Return the request body for stored answers. Pages of version 0.1.0 stored `swapped`, not `shownOrder`. */
export function toBody(answers) {
  return {
    user_id: answers[0].user,
    items: answers.map(({ dataset, record, values, status, shownOrder, swapped, duration, revision, reason }) => ({
      dataset_id: dataset,
      record_id: record,
      values,
      status,
      shown_order: shownOrder,
      swapped,
      duration_ms: duration,
      revision,
      skip_reason: reason,
    })),
  };
}
