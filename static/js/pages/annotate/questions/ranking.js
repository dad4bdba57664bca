/** Options in an order. */

export function read(texts) {
  return texts.map(readPlace);
}

/** Read "2:value", the rank of a value. */
function readPlace(text) {
  const colon = text.indexOf(":");
  return { value: text.slice(colon + 1), rank: Number(text.slice(0, colon)) };
}

export function enhance() {}
