/** The questions of a card. Each type has a module that reads its form and adds to it. */

const types = {};

/** Load the modules of the types that `root` names, which the page has preloaded. There are none without a card. */
export async function load(root) {
  const names = root?.dataset.questionTypes.split(" ").filter(Boolean) ?? [];
  await Promise.all(names.map(async (name) => {
    types[name] = await import(`./questions/${name}.js`);
  }));
}

/** Add what the browser does not do by itself to the questions of a form. */
export function enhance(form) {
  for (const question of form.querySelectorAll("[data-question]")) types[question.dataset.type].enhance(question, form);
}

/** Return the values of `[{name, type, texts}]` as they are stored; a question without text has no answer. */
export function toValues(questions) {
  const values = {};
  for (const { name, type, texts } of questions) {
    const given = texts.filter((text) => text.trim());
    if (given.length) values[name] = { value: types[type].read(given) };
  }
  return values;
}
