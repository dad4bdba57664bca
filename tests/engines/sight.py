"""What an annotator sees on the annotation page, and what was on screen at the moment when a key came."""

from dataclasses import dataclass

from tests.engines.engine import Engine, EngineError

# Installs itself once in each page; a page that is kept for Back keeps it, and counts how often it came back.
_EYES = """
window.eyes ??= (() => {
  const number = (text) => Number(text.replaceAll(",", ""));
  const top = ":root:not([inert]) [data-card]:not([inert], [data-unconfirmed])";
  const find = () => document.querySelector(top);
  const chosen = (card) =>
    [...card.querySelectorAll("[data-choice][aria-checked=true]")].map(({ value }) => value);
  const look = () => {
    const card = find();
    const images = [...(card?.querySelectorAll(".frame img") ?? [])];
    const choices = [...(card?.querySelectorAll("[data-choice]") ?? [])];
    const counts = [...document.querySelectorAll("[data-count]")];
    const saving = document.querySelector("[data-saving]");
    return {
      document: eyes.document,
      comebacks: eyes.comebacks,
      address: location.href,
      is_loaded: document.readyState === "complete",
      is_desk: saving !== null,
      works: Boolean(saving?.dataset.state),
      screen: document.querySelector(".pause--fetching") ? null
        : document.querySelector("[data-empty-state] h2")?.textContent ?? null,
      dialog: document.querySelector("dialog[open]")?.id ?? null,
      record: card?.dataset.record ?? null,
      status: card?.dataset.status ?? "",
      shown_order: card?.elements.shown_order.value ?? "",
      images: images.map(({ src }) => new URL(src, location).pathname),
      has_images: images.length === 2 && images.every((image) => image.complete && image.naturalWidth > 0),
      chosen: card ? chosen(card) : [],
      values: Object.fromEntries(choices.map(({ dataset, value }) => [dataset.hotkey, value])),
      counts: Object.fromEntries(counts.map((count) => [count.dataset.count, number(count.textContent)])),
    };
  };
  const eyes = { document: String(Math.random()), comebacks: 0, press: null, card: null, look };
  eyes.fate = () => eyes.press && {
    ...eyes.press,
    status_after: eyes.card?.dataset.status ?? "",
    chosen_after: eyes.card ? chosen(eyes.card) : [],
  };
  addEventListener("pageshow", ({ persisted }) => { eyes.comebacks += Number(persisted); });
  // Nothing hears of a key before this does.
  addEventListener("keydown", () => { eyes.card = find(); eyes.press = look(); }, { capture: true });
  return eyes;
})();
"""
_WAITING = """
const [user] = arguments;
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
return (async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "diptych")) return 0;
  const database = await done(indexedDB.open("diptych"));
  const all = await done(database.transaction("answers").objectStore("answers").getAll());
  database.close();
  return all.filter((answer) => answer.user === user).length;
})();
"""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What is on screen.

    ``document`` names a page as it was loaded, ``comebacks`` counts how often it was kept and came back.
    ``images`` are addresses, the left one first; ``values`` is what each key's button stores; ``chosen`` what
    looks chosen.
    """

    document: str
    comebacks: int
    address: str
    is_loaded: bool
    is_desk: bool
    works: bool
    screen: str | None
    dialog: str | None
    record: str | None
    status: str
    shown_order: str
    images: list[str]
    has_images: bool
    chosen: list[str]
    values: dict[str, str]
    counts: dict[str, int]

    def __str__(self) -> str:
        doubts = {
            "asleep": self.is_desk and not self.works,
            "without pictures": self.record and not self.has_images,
            f"behind {self.dialog}": self.dialog,
        }
        told = [
            self.record or self.screen or "nothing",
            self.status or "open",
            str(self.chosen),
            self.address,
        ]
        return " ".join([*told, *(doubt for doubt, is_so in doubts.items() if is_so)])

    @property
    def is_pair(self) -> bool:
        """Whether there is a pair that one can judge."""
        return self.record is not None and self.has_images and self.dialog is None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to come by itself."""
        if not self.is_desk:
            return self.is_loaded
        return self.works and (self.is_pair or self.screen is not None)


@dataclass(frozen=True, kw_only=True)
class Press(Sight):
    """What was on screen when a key came, and what the card that it came to looked like afterwards."""

    status_after: str
    chosen_after: list[str]

    def __str__(self) -> str:
        return f"{super().__str__()}, then {self.status_after or 'open'} {self.chosen_after}"

    @property
    def showed_answer(self) -> bool:
        """Whether the card said that it was answered before."""
        return self.status == "submitted"

    def chose(self, value: str) -> bool:
        """Whether the card shows that it took a value as the answer."""
        return self.status_after == "submitted" and self.chosen_after == [value]


def look(engine: Engine) -> Sight:
    """Look at the current window."""
    found = engine.evaluate(f"{_EYES} return window.eyes.look();")
    if found is None:
        raise EngineError("A page on its way to another one shows nothing.")
    return Sight(**found)


def last_press(engine: Engine) -> Press | None:
    """Return what the last key met in this page; none if no key came to it."""
    found = engine.evaluate(f"{_EYES} return window.eyes.fate();")
    return Press(**found) if found else None


def waiting(engine: Engine, user_id: str) -> int:
    """Return how many answers of an annotator this browser has not sent."""
    return int(engine.evaluate(_WAITING, user_id))
