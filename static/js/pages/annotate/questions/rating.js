/** A number. */

export { releaseFocus as enhance } from "../ticks.js";

export function read([text]) {
  return Number(text);
}
