/** What a form says, as the server stores it: `{question: {"value": …}}`. */

const READ = {
  label_selection: ([text]) => text,
  multi_label_selection: (texts) => texts,
  rating: ([text]) => Number(text),
  ranking: (texts) => texts.map(readPlace),
  text: ([text]) => text,
};

/** Read "2:value", the place that a value was given. */
function readPlace(text) {
  const colon = text.indexOf(":");
  return { value: text.slice(colon + 1), rank: Number(text.slice(0, colon)) };
}

/** Return the values of `[{name, kind, texts}]`; a question without text has no answer. */
export function toValues(questions) {
  const values = {};
  for (const { name, kind, texts } of questions) {
    const given = texts.filter((text) => text.trim());
    if (given.length) values[name] = { value: READ[kind](given) };
  }
  return values;
}
