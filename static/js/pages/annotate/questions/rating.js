/** A number. */

export { releaseFocus as enhance } from "../radios.js";

export function read([text]) {
  return Number(text);
}
