/** Some text. */

export function read([text]) {
  return text;
}

export function enhance() {}
