"""One run over one file."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from diptych.core.errors import ConflictError
from diptych.datasets.service import lock_records
from diptych.imports import staging, writing
from diptych.imports.cells import CellDecoder
from diptych.imports.columns import check_columns
from diptych.imports.images import ImageResolver
from diptych.imports.parts import in_parts
from diptych.imports.problems import Problem, RowError
from diptych.imports.readers import FileFormat, OpenFile, Row
from diptych.imports.records import RecordParser
from diptych.imports.report import BadRowsError, Progress, Report
from diptych.imports.schema import Schema
from diptych.models import Dataset, User
from diptych.records import blocks
from diptych.records.identity import record_ids

# Seconds between two reports of progress.
PROGRESS_EVERY = 0.2
CONFLICT = "Someone else changed these records at the same time. Nothing was imported; please try again."
# Rows that are looked at ahead, so that their pictures are ready when their turn comes.
_LOOK_AHEAD = 32


class FileImport:
    """One run over one file: every row is read, staged and checked, and then all of them are written."""

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
        """Import the file in the session, and return what that changed; errors as ``import_file``."""
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
        return self.report

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
            raise ConflictError(CONFLICT)
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
