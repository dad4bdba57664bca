"""``diptych doctor``: checking that the data is consistent."""

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
        bool, typer.Option("--recount", help="Fix what can be recounted from the rows.")
    ] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Also decode every stored picture.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check that counts, rows and files agree, while the server runs. Exits with 1 if anything is wrong."""
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
    messages.print(_verdict(len(wrong)))
    if wrong:
        raise typer.Exit(1)


def _verdict(wrong: int) -> str:
    if wrong == 1:
        return "1 finding needs attention."
    return f"{wrong} findings need attention." if wrong else "Everything adds up."


def _table(findings: Sequence[Finding]) -> Table:
    table = Table("check", "where", "what", "what to do")
    for finding in findings:
        cells = (finding.check, finding.place, finding.problem, _advice(finding))
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _advice(finding: Finding) -> str:
    if finding.is_repaired:
        return "fixed: recounted"
    return f"note: {finding.remedy}" if finding.is_note else finding.remedy
