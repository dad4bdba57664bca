"""``diptych import``: importing a file into a dataset."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from diptych.cli.context import messages, open_database
from diptych.core.settings import get_settings
from diptych.datasets.fields.image import A_PATH
from diptych.datasets.queries import get_dataset
from diptych.imports.problems import Problem
from diptych.imports.report import Progress, Report
from diptych.imports.service import import_file


def import_command(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="A .csv, .tsv, .jsonl or .json file, or an export."),
    ],
    dataset: Annotated[str, typer.Option(help="The name or id of the dataset.")],
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="The folder that contains the picture files."),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=COLUMN", help="Read NAME from a column: --map prompt=caption."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check without importing.")] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Import the good rows and report the others.")
    ] = False,
) -> None:
    """Import prompts and pairs of images, all rows or none. Re-importing never creates duplicates."""
    pairs = _parse_mapping(mapping or [])
    with open_database() as database, _progress() as (on_problem, on_progress):
        with database.transaction() as session:
            found = get_dataset(session, dataset)
        report = import_file(
            database,
            found,
            file,
            settings=get_settings(),
            images=images,
            mapping=pairs,
            skip_bad_rows=skip_bad_rows,
            dry_run=dry_run,
            on_problem=on_problem,
            on_progress=on_progress,
        )
    Console(soft_wrap=True, highlight=False).print(_summary(report, dry_run=dry_run))
    if report.bad and not skip_bad_rows:
        raise typer.Exit(1)


def _parse_mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        target, equals, source = pair.partition("=")
        if not (target and equals and source):
            message = f"{pair!r} has to look like prompt=caption: Diptych's name, then the file's column."
            raise typer.BadParameter(message, param_hint="--map")
        if target in mapping:
            message = f"{target!r} can be read from only one column."
            raise typer.BadParameter(message, param_hint="--map")
        mapping[target] = source
    return mapping


@contextmanager
def _progress() -> Iterator[tuple[Callable[[Problem], None], Callable[[Progress], None]]]:
    """Yield two functions: for each bad row, and for progress."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=messages, transient=True) as bar:
        task = bar.add_task("Reading")

        def on_problem(problem: Problem) -> None:
            hint = " (--images)" if problem.reason == A_PATH else ""
            messages.print(f"{problem}{hint}", markup=False)

        def on_progress(progress: Progress) -> None:
            description = "Storing" if progress.is_writing else "Reading"
            bar.update(task, description=description, completed=progress.done, total=progress.total)

        yield on_problem, on_progress


def _summary(report: Report, *, dry_run: bool) -> str:
    changes = f"{report.new:,} new, {report.updated:,} updated, {report.unchanged:,} unchanged"
    parts = [f"{report.rows:,} rows: {changes}"]
    if report.answers:
        parts.append(f"{report.answers:,} answers")
    if report.people_added:
        parts.append(f"{report.people_added:,} unknown authors added (they can't log in)")
    if report.bad:
        parts.append(f"{report.bad:,} bad")
    sentence = ", ".join(parts) + "."
    return f"Dry run: nothing was changed. {sentence}" if dry_run else sentence
