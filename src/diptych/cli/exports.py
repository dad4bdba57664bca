"""``diptych export``: exporting a dataset to a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from diptych.cli.context import messages, open_database
from diptych.core.db import Database
from diptych.core.errors import InvalidError
from diptych.core.files import replacement_of
from diptych.datasets.queries import TeamProgress, get_dataset, team_progress
from diptych.exports.contents import ExportContent
from diptych.exports.formats import ExportFormat, check_combination
from diptych.exports.service import export
from diptych.models import Dataset, RecordStatus


def export_command(
    dataset: Annotated[str, typer.Argument(help="The name or id of the dataset.")],
    content: Annotated[
        ExportContent, typer.Option(help="One row for each record, or one for each response.")
    ] = ExportContent.RECORDS,
    format_: Annotated[ExportFormat, typer.Option("--format", help="The file format.")] = ExportFormat.JSON,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="The file to write (default: standard output)."),
    ] = None,
    status: Annotated[RecordStatus | None, typer.Option(help="Export only records with this status.")] = None,
    with_vectors: Annotated[bool, typer.Option("--with-vectors", help="Include the embeddings.")] = False,
) -> None:
    """Export the records of a dataset with all answers, or its responses, as one snapshot."""
    try:
        check_combination(content, format_, with_vectors=with_vectors)
    except InvalidError as error:
        raise typer.BadParameter(error.message) from None
    with open_database() as database:
        found, records = _find(database, dataset, status)
        with _progress(is_shown=output is not None) as progress:
            # How many responses there will be is not known.
            total = records if content == ExportContent.RECORDS else None
            task = progress.add_task("Exporting", total=total)
            pieces = export(
                database,
                found,
                content=content,
                format=format_,
                status=status,
                with_vectors=with_vectors,
                on_progress=lambda rows: progress.advance(task, rows),
            )
            with closing(pieces), _open(output) as file:
                file.writelines(pieces)
    if output is not None:
        messages.print(f"Wrote {output}.", markup=False)


def _find(database: Database, reference: str, status: RecordStatus | None) -> tuple[Dataset, int]:
    with database.transaction() as session:
        dataset = get_dataset(session, reference)
        team = team_progress(session, [dataset.id])[dataset.id]
    return dataset, _expected(team, status)


def _expected(team: TeamProgress, status: RecordStatus | None) -> int:
    if status is None:
        return team.records
    return team.completed if status == RecordStatus.COMPLETED else team.records - team.completed


def _progress(*, is_shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=messages, transient=True, disable=not is_shown)


@contextmanager
def _open(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        with _standard_output() as file:
            yield file
        return
    try:
        with _file_at(output.resolve()) as file:
            yield file
    except OSError as error:
        raise InvalidError(f"{output} cannot be written: {error.strerror}.") from None


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    """Yield standard output; its reader may stop early, like ``head``."""
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes again at exit; that has to go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _file_at(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        # Write to a device or a pipe instead of replacing it.
        with path.open("wb") as device:
            yield device
        return
    with replacement_of(path) as file:
        yield file
