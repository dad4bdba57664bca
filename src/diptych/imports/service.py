"""Importing a file: all of it or nothing, in one transaction."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diptych.core.db import Database
from diptych.core.errors import ConflictError, NotFoundError
from diptych.core.settings import Settings
from diptych.datasets.queries import list_strangers
from diptych.imports.columns import to_renames
from diptych.imports.images import ImageFolder, ImageResolver
from diptych.imports.problems import Problem, tidy
from diptych.imports.readers import open_reader
from diptych.imports.report import Progress, Report
from diptych.imports.run import CONFLICT, FileImport
from diptych.imports.schema import load_schema
from diptych.models import Dataset, User
from diptych.records.media import store_image


def import_file(
    database: Database,
    dataset: Dataset,
    path: Path,
    *,
    settings: Settings,
    images: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    skip_bad_rows: bool = False,
    dry_run: bool = False,
    actor: User | None = None,
    on_problem: Callable[[Problem], None] = lambda _problem: None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    on_done: Callable[[Session, Report], None] = lambda _session, _report: None,
) -> Report:
    """Import the records of a file with what belongs to them, and return what that changed.

    ``images`` is the folder of relative image paths, ``mapping`` gives the file's name of a column by ours,
    ``actor`` is the user who imports; without one, it is the operator of the server, who may import responses
    of any user. ``dry_run`` checks everything and changes nothing. ``on_problem`` gets each bad row, and
    ``on_done`` the report in the transaction of the import, which ends after it.

    Raises ``BadRowsError`` if rows are bad and are not to be skipped, ``InvalidError`` if the file as a whole
    cannot be read; nothing is changed then. Memory does not grow with the file.
    """
    mapping = mapping or {}
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(images, settings)) if images else None
        file = stack.enter_context(open_reader(path, to_renames(mapping)))
        session = stack.enter_context(database.transaction())
        home = session.get(Dataset, dataset.id)
        if home is None:
            raise NotFoundError(f"The dataset {dataset.name!r} no longer exists.")
        schema = load_schema(session, home)
        if actor is not None:
            schema = replace(schema, strangers=list_strangers(session, home))
        run = FileImport(session, home, file, schema, ImageResolver(folder), actor)
        run.skips, run.is_dry = skip_bad_rows, dry_run
        run.on_problem = lambda problem: on_problem(_for_people(problem, mapping))
        run.on_progress = on_progress
        try:
            report = run.run()
        except IntegrityError:
            raise ConflictError(CONFLICT) from None
        on_done(session, report)
        return report


def _folder(images: Path, settings: Settings) -> ImageFolder:
    return ImageFolder(
        images,
        partial(store_image, media_dir=settings.media_dir, max_megapixels=settings.max_image_megapixels),
    )


def _for_people(problem: Problem, mapping: Mapping[str, str]) -> Problem:
    """Return a problem with the file's own name of the column, and without what a terminal would obey."""
    column = mapping.get(problem.column, problem.column) if problem.column else None
    return Problem(problem.line, column and tidy(column), tidy(problem.reason), problem.record)
