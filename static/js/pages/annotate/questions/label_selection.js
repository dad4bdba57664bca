/** One label. */

export { releaseFocus as enhance } from "../ticks.js";

export function read([text]) {
  return text;
}
