"""``diptych doctor``: does everything add up?"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from diptych.cli.context import existing_database, messages, progress_bar
from diptych.core.settings import get_settings
from diptych.doctor.findings import Finding, Patient
from diptych.doctor.service import examine


def doctor_command(
    recount: Annotated[
        bool, typer.Option("--recount", help="Put right what can be counted again from the rows.")
    ] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Decode every stored picture, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Compare counts with rows, and rows with files, while people work; exit with 1 if something is wrong."""
    settings = get_settings()
    with existing_database(settings) as database, progress_bar() as on_progress:
        patient = Patient(database, settings, recounts=recount, is_deep=deep)
        findings = list(
            examine(patient, on_progress=lambda done, total: on_progress("Datasets", done, total))
        )
    wrong = [finding for finding in findings if not (finding.is_note or finding.is_repaired)]
    if as_json:
        typer.echo(
            json.dumps({"is_clean": not wrong, "findings": [asdict(one) for one in findings]}, indent=2)
        )
    elif findings:
        Console().print(_table(findings))
    messages.print(f"{len(wrong)} findings need attention." if wrong else "Everything adds up.")
    if wrong:
        raise typer.Exit(1)


def _table(findings: Sequence[Finding]) -> Table:
    table = Table("check", "where", "what", "what to do")
    for finding in findings:
        cells = (finding.check, finding.place, finding.problem, _advice(finding))
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _advice(finding: Finding) -> str:
    if finding.is_repaired:
        return "done: counted again"
    return f"note: {finding.remedy}" if finding.is_note else finding.remedy
