"""Somebody who answers, and remembers what they saw and pressed."""

import csv

from PIL import Image
from sqlalchemy import select, text

from diptych.core.settings import Settings
from diptych.imports.service import import_file
from diptych.models import Record
from tests.browser.annotation import TOP, go, press

TIMEOUT_MS = 30_000
_SEEN = f"""() => {{
    const card = document.querySelector("{TOP}");
    const [left] = card.querySelectorAll(".frame img");
    return [card.dataset.record, new URL(left.src).pathname];
}}"""
_VISIBLE = f"""() => {{
    const images = [...document.querySelectorAll("{TOP} .frame img")];
    return images.length === 2 && images.every((image) => image.complete && image.naturalWidth > 0);
}}"""
_OTHER_KEYS = {"3": "both_good", "4": "both_bad", "5": "toxic_content"}
# What is counted beside the rows, and disagrees with them.
_MISCOUNTED = text("""
SELECT 'record', id::text FROM records r
WHERE submitted_count <> (
    SELECT count(*) FROM responses
    WHERE dataset_id = r.dataset_id AND record_id = r.id AND status = 'submitted')
OR lease_count <> (
    SELECT count(*) FROM assignments WHERE dataset_id = r.dataset_id AND record_id = r.id)
UNION ALL
SELECT 'person', user_id::text FROM annotator_progress p
WHERE (submitted, draft, discarded) <> (
    SELECT count(*) FILTER (WHERE status = 'submitted'), count(*) FILTER (WHERE status = 'draft'),
        count(*) FILTER (WHERE status = 'discarded')
    FROM responses WHERE dataset_id = p.dataset_id AND user_id = p.user_id)
UNION ALL
SELECT 'dataset', id::text FROM datasets d
WHERE ROW(
    (SELECT sum(records) FROM dataset_counts WHERE dataset_id = d.id),
    (SELECT sum(completed) FROM dataset_counts WHERE dataset_id = d.id)
) IS DISTINCT FROM ROW(
    (SELECT count(*) FROM records WHERE dataset_id = d.id),
    (SELECT count(*) FROM records WHERE dataset_id = d.id AND status = 'completed'))
""")


class Hands:
    """One person; ``given`` is each answer by record: the key, and the picture that was on the left."""

    def __init__(self, person) -> None:
        self.person = person
        self.given: dict[str, list[tuple[str, str]]] = {}

    def look(self, page) -> str:
        """Wait until a pair can be seen, and return its record."""
        page.wait_for_function(_VISIBLE, timeout=TIMEOUT_MS)
        return page.evaluate(_SEEN)[0]

    def answer(self, page, key: str) -> str:
        """Look at the pair, press a key, wait for what comes next, and return the record."""
        self.look(page)
        record, left = page.evaluate(_SEEN)
        go(page, lambda: press(page, key))
        self.given.setdefault(record, []).append((key, left))
        return record

    def back(self, page) -> str:
        """Go back to the pair before, and return its record."""
        go(page, lambda: press(page, "Backspace"))
        return self.look(page)

    def list_given(self, database) -> dict[str, list[str]]:
        """Return the value of each answer by record, in the order in which they were given."""
        with database.transaction() as session:
            records = {str(record.id): record for record in session.scalars(select(Record))}
        return {
            record: [_value(records[record], key, left) for key, left in given]
            for record, given in self.given.items()
        }

    def list_stored(self, database, table) -> dict[str, list[str]]:
        """Return the same of what a table, of answers or of their changes, says of this person."""
        mine = select(table).where(table.user_id == self.person.id).order_by(table.inserted_at, table.id)
        found: dict[str, list[str]] = {}
        with database.transaction() as session:
            for row in session.scalars(mine):
                found.setdefault(str(row.record_id), []).append(row.values["preference"]["value"])
        return found


def list_miscounted(database) -> list[tuple[str, str]]:
    """Return the records, people and datasets whose numbers differ from their rows."""
    with database.transaction() as session:
        return session.execute(_MISCOUNTED).all()


def _value(record, key: str, left: str) -> str:
    """Return the value that a key stands for, however the sides stood."""
    if key in _OTHER_KEYS:
        return _OTHER_KEYS[key]
    pair = record.fields["images"]
    sides = [name for name in ("image_1", "image_2") if pair[name] == left]
    other = {"image_1": "image_2", "image_2": "image_1"}
    return sides[0] if key == "1" else other[sides[0]]


def import_pairs(database, dataset, data_dir, count: int) -> None:
    """Import so many pairs of small pictures into the server's own store."""
    folder = data_dir / "pairs"
    folder.mkdir(exist_ok=True)
    table = folder / "pairs.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "prompt", "image_1", "image_2"])
        for number in range(count):
            names = [f"{number}-{side}.png" for side in (1, 2)]
            for side, name in enumerate(names):
                Image.new("RGB", (48, 48), (number, 128 * side, 99)).save(folder / name)
            writer.writerow([number, f"cat {number}", *names])
    import_file(database, dataset, table, settings=Settings(data_dir=data_dir), images=folder)
