/** The dialog with the answers that are still in the browser, to download, send again or discard. */

function item(answer) {
  const line = document.createElement("li");
  const words = answer.status === "submitted" ? answer.words : answer.status;
  line.textContent = `${answer.title || answer.record}: ${words}`;
  if (answer.refused) {
    const reason = document.createElement("span");
    reason.className = "unsent__reason";
    reason.textContent = answer.refused;
    line.append(reason);
  }
  return line;
}

function summary({ length }, refused) {
  if (!length) return "Every answer is saved on the server.";
  const kept = length === 1 ? "This answer is saved" : "These answers are saved";
  if (refused) return `${kept} in this browser. Download the rejected answers and show them to an admin.`;
  return `${kept} in this browser, even if you close it, and will be sent as soon as the server can be reached.`;
}

/** Return `show()`, which fills `dialog` from the outbox; `send()` sends again. */
export function unsent(dialog, outbox, send) {
  const find = (name) => dialog.querySelector(`[data-unsent-${name}]`);
  const download = find("download");

  async function show() {
    const answers = await outbox.list();
    const refused = answers.filter((answer) => answer.refused);
    find("text").textContent = summary(answers, refused.length);
    find("list").replaceChildren(...answers.map(item));
    find("tools").hidden = !answers.length;
    find("forget").hidden = !refused.length;
    URL.revokeObjectURL(download.href);
    download.href = URL.createObjectURL(
      new Blob([JSON.stringify(answers, null, 2)], { type: "application/json" }),
    );
  }

  find("again").addEventListener("click", async () => {
    const answers = await outbox.list();
    await outbox.put(answers.map((answer) => ({ ...answer, refused: null })));
    await send();
    await show();
  });
  find("forget").addEventListener("click", async () => {
    const answers = await outbox.list();
    await outbox.remove(answers.filter(({ refused }) => refused).map(({ id }) => id));
    await show();
  });
  return { show };
}
