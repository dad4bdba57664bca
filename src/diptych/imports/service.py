"""Importing a file: all of it or nothing, in one transaction."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diptych.core.db import Database
from diptych.core.errors import ConflictError, InvalidError, NotFoundError
from diptych.core.settings import Settings
from diptych.datasets.queries import list_strangers
from diptych.datasets.service import lock_records
from diptych.imports import staging, writing
from diptych.imports.cells import CellDecoder
from diptych.imports.columns import check_columns, to_renames
from diptych.imports.images import ImageFolder, ImageResolver
from diptych.imports.parts import in_parts
from diptych.imports.problems import Problem, RowError, tidy
from diptych.imports.readers import FileFormat, OpenFile, Row, open_reader
from diptych.imports.records import RecordParser
from diptych.imports.schema import Schema, load_schema
from diptych.models import Dataset, User
from diptych.records import blocks
from diptych.records.identity import record_ids
from diptych.records.media import store_image

# Seconds between two reports of progress.
PROGRESS_EVERY = 0.2
_CONFLICT = "Someone else changed these records at the same time. Nothing was imported; please try again."
# Rows that are looked at ahead, so that their pictures are ready when their turn comes.
_LOOK_AHEAD = 32


@dataclass(frozen=True)
class Progress:
    """How far an import is: the bytes that were read, of how many, or that the database is at work."""

    done: int
    total: int
    is_writing: bool = False


@dataclass
class Report:
    """What an import did, in rows of the file, or would have done."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    answers: int = 0
    bad: int = 0
    people_added: int = 0


class BadRowsError(InvalidError):
    """Rows of the file are bad, so nothing was imported; ``report`` counts them."""

    def __init__(self, report: Report) -> None:
        super().__init__(
            f"{report.bad:,} of {report.rows:,} rows can't be imported, so nothing was. "
            "Fix them, or skip them with --skip-bad-rows.",
            bad=report.bad,
        )
        self.report = report


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
) -> Report:
    """Import the records of a file with what belongs to them, and return what that changed.

    ``images`` is the folder of relative image paths, ``mapping`` gives the file's name of a column by ours,
    ``actor`` is the user who imports; without one, it is the operator of the server, who may import responses
    of any user. ``dry_run`` checks everything and changes nothing. ``on_problem`` gets each bad row.

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
        work = _Import(session, home, file, schema, ImageResolver(folder), actor)
        work.skips, work.is_dry = skip_bad_rows, dry_run
        work.on_problem = lambda problem: on_problem(_for_people(problem, mapping))
        work.on_progress = on_progress
        return work.run()


def _folder(images: Path, settings: Settings) -> ImageFolder:
    return ImageFolder(
        images,
        partial(store_image, media_dir=settings.media_dir, max_megapixels=settings.max_image_megapixels),
    )


def _for_people(problem: Problem, mapping: Mapping[str, str]) -> Problem:
    """Return a problem with the file's own name of the column, and without what a terminal would obey."""
    column = mapping.get(problem.column, problem.column) if problem.column else None
    return Problem(problem.line, column and tidy(column), tidy(problem.reason), problem.record)


class _Import:
    """One run over one file."""

    def __init__(
        self,
        session: Session,
        dataset: Dataset,
        file: OpenFile,
        schema: Schema,
        images: ImageResolver,
        actor: User | None,
    ) -> None:
        self.session = session
        self.dataset = dataset
        self.file = file
        self.schema = schema
        self.actor = actor
        self.report = Report()
        self.skips: bool
        self.is_dry: bool
        self.on_problem: Callable[[Problem], None]
        self.on_progress: Callable[[Progress], None]
        self._parser = RecordParser(schema, images)
        # An array may be one long line, in which only numbers tell records apart.
        self._by_number = file.format == FileFormat.JSON
        self._id_of = record_ids(dataset.id)
        self._extras: staging.Extras
        self._written = 0
        self._has_pictures = False
        # The rows that nothing is written of yet, and those among which some are not records of their own.
        self._late: list[staging.Span] = []
        self._spans: list[staging.Span] = []

    def run(self) -> Report:
        try:
            self._run()
        except IntegrityError:
            raise ConflictError(_CONFLICT) from None
        return self.report

    def _run(self) -> None:
        columns = self.file.reader.columns
        if columns is not None:
            check_columns(columns, self.schema)
        staging.create(self.session)
        self._stage(CellDecoder(columns, self.schema) if columns is not None else None)
        self.on_progress(Progress(self.file.size, self.file.size, is_writing=True))
        self._check()
        if self._is_refused:
            raise BadRowsError(self.report)
        self._write()

    @property
    def _is_refused(self) -> bool:
        """Whether nothing can come of this run any more."""
        return bool(self.report.bad) and not self.skips and not self.is_dry

    def _stage(self, decoder: CellDecoder | None) -> None:
        reported = time.monotonic()
        with in_parts(self._send, self._store) as send:
            for item in self._ahead(self.file.reader):
                self.report.rows += 1
                try:
                    send(self._to_row(item, decoder))
                except RowError as error:
                    self._refuse(Problem(_line(item), error.column, error.reason, item.record))
                if time.monotonic() - reported > PROGRESS_EVERY:
                    reported = time.monotonic()
                    self.on_progress(Progress(self.file.position(), self.file.size))

    def _send(self, rows: Sequence[staging.StagedRow]) -> None:
        staging.copy(self.session, rows)

    def _store(self, rows: Sequence[staging.StagedRow]) -> None:
        """Make records of the rows that are not there yet, unless pictures are to be checked before."""
        span, written = staging.span_of(rows), 0
        self._has_pictures = self._has_pictures or staging.have_pictures(rows)
        if self.is_dry or self._is_refused or self._has_pictures:
            self._late.append(span)
        else:
            written = writing.insert_records(self.session, self.dataset, span, since=self._since)
        self._written += written
        if written < len(rows):
            self._spans.append(span)

    @cached_property
    def _since(self) -> datetime:
        """The moment of the first new record; what was stored before does not change any more."""
        lock_records(self.session, self.dataset)
        return blocks.next_moment(self.session, self.dataset)

    def _to_row(self, item: Row | Problem, decoder: CellDecoder | None) -> staging.StagedRow:
        if isinstance(item, Problem):
            raise RowError(item.column, item.reason)
        record = self._parser.parse(decoder.decode(item.cells) if decoder else item.cells)
        return staging.to_row(self.report.rows, item.line, self._id_of(record.external_id), record)

    def _ahead(self, items: Iterable[Row | Problem]) -> Iterator[Row | Problem]:
        if not self._parser.looks_ahead:
            yield from items
            return
        waiting: deque[Row | Problem] = deque()
        for item in items:
            if isinstance(item, Row):
                self._parser.announce(item.cells)
            waiting.append(item)
            if len(waiting) > _LOOK_AHEAD:
                yield waiting.popleft()
        yield from waiting

    def _refuse(self, problem: Problem) -> None:
        self.report.bad += 1
        self.on_problem(problem)

    def _check(self) -> None:
        self._extras = staging.find_extras(self.session)
        if not self._spans:
            return
        staging.find_bad_rows(
            self.session,
            self.dataset,
            self._spans,
            since=self._since,
            by_number=self._by_number,
            has_pictures=self._extras.pictures,
            from_anywhere=self.actor is None,
        )
        before = self.report.bad
        for problem in staging.list_bad_rows(self.session, by_number=self._by_number):
            self._refuse(problem)
        if self.report.bad > before:
            staging.leave_out_bad_rows(self.session)

    def _write(self) -> None:
        counts = staging.count(self.session)
        self.report.new, self.report.updated = counts.new, counts.updated
        self.report.unchanged = counts.unchanged
        if self._extras.responses:
            self.report.answers, self.report.people_added = writing.stage_responses(
                self.session, self.dataset
            )
        if self.is_dry:
            return
        for span in self._late:
            self._written += writing.insert_records(self.session, self.dataset, span, since=self._since)
        if self._written != counts.new:
            raise ConflictError(_CONFLICT)
        writing.write_rest(
            self.session,
            self.dataset,
            counts,
            self._extras,
            since=self._since,
            responses=self.report.answers,
            actor_id=self.actor.id if self.actor else None,
        )
        writing.analyze(self.session, counts)


def _line(item: Row | Problem) -> int:
    return item.line
