"""``make bench``: run all benchmarks, print one table, and write it to bench.json."""

import json
import platform
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from diptych import __version__
from tests.bench import browser, claims, cost, exports, imports, pages, sdk, startup, submit, weight, workers
from tests.bench.database import fresh_database
from tests.bench.figure import Figure

OUTPUT = Path("bench.json")


def main() -> None:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        figures += weight.install(Path(folder))
        figures += startup.measure(Path(folder) / "serve")
        with fresh_database(Path(folder) / "data") as (database, address):
            figures += weight.measure(database, address, Path(folder))
            figures += workers.measure(database, address, Path(folder))
            figures += submit.measure(database, address, Path(folder))
            figures += claims.measure(database)
            figures += cost.measure(database, address, Path(folder))
            figures += pages.measure(database, address, Path(folder))
            figures += browser.measure(database, address, Path(folder))
            figures += imports.measure(database, address, Path(folder))
            figures += exports.measure(database)
            figures += sdk.measure(database, address, Path(folder))
    show(figures)


def show(figures: list[Figure]) -> None:
    machine = f"Diptych {__version__}, Python {platform.python_version()}, {platform.machine()}"
    table = Table("what", "figure", "limit", "ratio", title=machine)
    for figure in figures:
        table.add_row(figure.what, figure.text, figure.limit_text, figure.ratio_text)
    Console().print(table)
    OUTPUT.write_text(json.dumps([figure.as_dict() for figure in figures], indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
