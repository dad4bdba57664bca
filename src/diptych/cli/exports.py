"""``diptych export``: a dataset as a file."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.progress import Progress

from diptych.cli.context import messages, open_database
from diptych.core.errors import InvalidError
from diptych.datasets.queries import get_dataset, team_progress
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import RecordStatus


def export_command(
    dataset: Annotated[str, typer.Argument(help="The name of the dataset, or its id.")],
    format: Annotated[ExportFormat, typer.Option(help="What kind of file.")] = ExportFormat.JSON,  # noqa: A002 - as on the command line
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="The file; else standard output.")
    ] = None,
    status: Annotated[RecordStatus | None, typer.Option(help="Only records of this status.")] = None,
    with_vectors: Annotated[bool, typer.Option(help="With the embeddings of the records.")] = False,
) -> None:
    """Write the records of a dataset with everybody's answers, as they are at one moment."""
    with open_database() as database:
        with database.transaction() as session:
            found = get_dataset(session, dataset)
            total = team_progress(session, [found.id])[found.id].records
        with _open(output) as file, Progress(console=messages, disable=output is None) as progress:
            task = progress.add_task(f"Exporting {found.name}", total=total)
            pieces = export(
                database,
                found,
                format=format,
                status=status,
                with_vectors=with_vectors,
                on_progress=lambda count: progress.update(task, advance=count),
            )
            file.writelines(pieces)
    if output is not None:
        messages.print(f"Wrote {output}.", markup=False)


@contextmanager
def _open(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        with _standard_output() as file:
            yield file
    else:
        with _replacement_of(output) as file:
            yield file


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    """Yield standard output; who reads it may stop early, as ``head`` does."""
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes once more when it ends; into nothing then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _replacement_of(output: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of ``output`` when it is complete; else nothing of it stays."""
    try:
        descriptor, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise InvalidError(f"Cannot write to {output}: {error.strerror}.") from None
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _open_to_others(temporary)
        temporary.replace(output)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _open_to_others(path: Path) -> None:
    # A temporary file is its owner's alone; the export is as open as any new file.
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
