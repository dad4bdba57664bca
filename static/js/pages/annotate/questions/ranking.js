/** Options in an order. */

export function read(texts) {
  return texts.map(readPlace);
}

/** Read "2:value", the rank of a value. */
function readPlace(text) {
  const colon = text.indexOf(":");
  return { value: text.slice(colon + 1), rank: Number(text.slice(0, colon)) };
}

/** An option that is clicked gets the best rank that no other has, or loses the one that it has. */
export function enhance(question) {
  const selects = [...question.querySelectorAll("select")];
  question.querySelector("[data-scripted]").hidden = false;
  question.addEventListener("click", (event) => {
    const select = event.target.closest("label")?.querySelector("select");
    if (!select || event.target === select) return;
    event.preventDefault();
    const taken = selects.map(({ selectedIndex }) => selectedIndex);
    const free = selects.findIndex((_, at) => !taken.includes(at + 1)) + 1;
    select.selectedIndex = select.selectedIndex ? 0 : free;
  });
}
