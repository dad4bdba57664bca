"""From the cells of a row to a record: three shapes of files, one shape of records."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.datasets.columns import QUESTION_PARTS, SERVER_COLUMNS
from diptych.datasets.fields import MisfitError
from diptych.datasets.fields.image_set import MAX_IMAGES, PROMPT, image_names
from diptych.imports.extras import Entry, ExtrasParser
from diptych.imports.images import ImageResolver, stored_pictures
from diptych.imports.problems import RowError
from diptych.imports.schema import Schema

MAX_ID_LENGTH = 1_000
_IMAGES = image_names(MAX_IMAGES)
_NESTED_KEYS = ("id", "fields", "metadata", "suggestions", "responses", "vectors", *SERVER_COLUMNS)


@dataclass(slots=True)
class ParsedRecord:
    """A record as a file describes it, checked as far as that goes without the other records.

    ``has_own_id`` says that the file gave the id, which otherwise follows from the prompt and the images.
    """

    external_id: str
    has_own_id: bool
    fields: dict[str, Any]
    metadata: dict[str, Any]
    pictures: list[dict[str, Any]] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    suggestions: list[dict[str, Any]] = field(default_factory=list)
    vectors: list[dict[str, Any]] = field(default_factory=list)


class RecordParser:
    """Recognises the shape of each row.

    - tabular: ``prompt``, ``image_1``, ``image_2`` …, perhaps ``id``; everything else is metadata;
    - flat: a row of ``datasets.load_dataset``, the fields, metadata and answers side by side;
    - nested: a record of Argilla, with ``fields``, ``metadata``, ``responses`` and the like.
    """

    def __init__(self, schema: Schema, images: ImageResolver) -> None:
        self._schema = schema
        self._images = images
        self._extras = ExtrasParser(schema)
        self.looks_ahead = images.needs_time

    def parse(self, cells: dict[str, Any]) -> ParsedRecord:
        """Return the record of a row, or raise ``RowError``."""
        if isinstance(cells.get("fields"), dict):
            return self._parse_nested(cells)
        if not self._schema.flat_fields.isdisjoint(cells):
            return self._parse_flat(cells)
        return self._parse_tabular(cells)

    def announce(self, cells: Mapping[str, Any]) -> None:
        """Begin with the pictures of a row that is parsed soon."""
        images = cells
        for key in ("fields", str(self._schema.images_field)):
            images = images[key] if isinstance(images.get(key), dict) else images
        for name in self._schema.images_in(images):
            self._images.announce(images.get(name))

    def _parse_tabular(self, cells: dict[str, Any]) -> ParsedRecord:
        if self._schema.images_field is None:
            raise RowError(None, f"has none of the fields {', '.join(self._schema.fields)}")
        external_id = cells.pop("id", None)
        names = (*self._schema.images_in(cells), *self._schema.prompt_columns)
        fields: dict[str, Any] = {self._schema.images_field: {name: cells.pop(name, None) for name in names}}
        if not self._schema.prompt_columns:
            fields = {PROMPT: cells.pop(PROMPT, None), **fields}
        metadata = {name: value for name, value in cells.items() if value is not None}
        return self._record(external_id, fields, metadata)

    def _parse_nested(self, cells: dict[str, Any]) -> ParsedRecord:
        for name in cells:
            if name not in _NESTED_KEYS:
                raise RowError(name, f"a nested record has only {', '.join(_NESTED_KEYS)}")
        parts = {name: _object(cells, name) for name in ("metadata", "suggestions", "responses", "vectors")}
        record = self._record(cells.get("id"), cells["fields"], parts["metadata"])
        entries = self._extras.nested_entries(parts["responses"])
        record.responses = self._extras.responses(entries, record.fields)
        record.suggestions = [
            self._extras.suggestion(question, *_suggestion(question, suggestion), record.fields)
            for question, suggestion in parts["suggestions"].items()
        ]
        record.vectors = [self._extras.vector(name, value) for name, value in parts["vectors"].items()]
        return record

    def _parse_flat(self, cells: dict[str, Any]) -> ParsedRecord:
        fields: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        vectors: dict[str, Any] = {}
        parts: dict[str, dict[str, Any]] = {}
        external_id = cells.pop("id", None)
        for name, value in cells.items():
            if value is None or name in SERVER_COLUMNS:
                continue
            if name in self._schema.fields:
                fields[name] = value
            elif name in self._schema.vector_columns:
                vectors[self._schema.vector_columns[name]] = value
            elif name in self._schema.question_columns:
                question, part = self._schema.question_columns[name]
                parts.setdefault(question, {})[part] = value
            else:
                _refuse_unknown_question(name, self._schema)
                metadata[name] = value
        record = self._record(external_id, fields, metadata)
        record.vectors = [self._extras.vector(name, value) for name, value in vectors.items()]
        self._add_flat_responses(record, parts)
        return record

    def _add_flat_responses(self, record: ParsedRecord, parts_of: Mapping[str, Mapping[str, Any]]) -> None:
        entries: list[Entry] = []
        for question, parts in parts_of.items():
            if any(part.startswith("responses") for part in parts):
                entries += self._extras.flat_entries(question, parts)
            if "suggestion" in parts:
                score, agent = parts.get("suggestion.score"), parts.get("suggestion.agent")
                suggestion = self._extras.suggestion(
                    question, parts["suggestion"], score, agent, None, record.fields
                )
                record.suggestions.append(suggestion)
        record.responses = self._extras.responses(entries, record.fields)

    def _record(self, external_id: Any, fields: Mapping[str, Any], metadata: dict[str, Any]) -> ParsedRecord:
        pictures: list[dict[str, Any]] = []
        resolved = {name: self._resolve(name, value, pictures) for name, value in fields.items()}
        try:
            checked = self._schema.field_rules.check(resolved)
            self._schema.metadata_rules.check(metadata)
        except MisfitError as error:
            raise RowError(self._column(error.params["field"]), error.reason) from None
        except InvalidError as error:
            raise RowError.from_invalid(error.params.get("field"), error) from None
        pictures += self._referred(checked, pictures)
        return ParsedRecord(
            _external_id(external_id, checked), external_id is not None, checked, metadata, pictures
        )

    def _resolve(self, name: str, value: Any, pictures: list[dict[str, Any]]) -> Any:
        """Return the value of a field with the addresses of its images."""
        if value is None:
            return None
        if name == self._schema.images_field and isinstance(value, dict):
            # A copy keeps the order of the file: an export gives back what was imported.
            images = dict(value)
            for key in filter(images.get, _IMAGES):
                images[key] = self._images.resolve(key, images[key], pictures)
            return images
        if name in self._schema.fields and self._schema.kind_of(name) == "image":
            return self._images.resolve(name, value, pictures)
        return value

    def _referred(
        self, fields: Mapping[str, Any], pictures: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Return the stored images that fields refer to, but those that have just come with the file."""
        new = {picture["key"] for picture in pictures}
        return [
            {**picture, "column": self._column(picture["column"])}
            for picture in stored_pictures(self._schema, fields)
            if picture["key"] not in new
        ]

    def _column(self, place: str) -> str:
        """Return what a file calls a part of a record: images are columns."""
        return place.removeprefix(f"{self._schema.images_field}.")


def _external_id(value: Any, fields: Mapping[str, Any]) -> str:
    """Return the id that the file gives, or one that follows from what people will see."""
    if value is None:
        return hashlib.sha256(_identity(fields).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise RowError("id", "is not text")
    if not value.strip():
        raise RowError("id", "is empty")
    if len(value) > MAX_ID_LENGTH:
        raise RowError("id", f"is longer than {MAX_ID_LENGTH:,} characters")
    return value


def _identity(fields: Mapping[str, Any]) -> str:
    for value in fields.values():
        if isinstance(value, dict) and {PROMPT, *image_names(2)} <= value.keys():
            return compact_json([value[PROMPT], *map(value.get, filter(value.__contains__, _IMAGES))])
    return compact_json(fields)


def _object(cells: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = cells.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RowError(name, "is not an object")
    return value


def _suggestion(question: str, suggestion: Any) -> tuple[Any, Any, Any, Any]:
    if not isinstance(suggestion, dict):
        raise RowError(f"{question}.suggestion", "is not an object with a value")
    return suggestion.get("value"), suggestion.get("score"), suggestion.get("agent"), suggestion.get("type")


def _refuse_unknown_question(name: str, schema: Schema) -> None:
    for part in QUESTION_PARTS:
        if name.endswith(f".{part}"):
            try:
                schema.response_rules.get_settings(name.removesuffix(f".{part}"))
            except InvalidError as error:
                raise RowError.from_invalid(name, error) from None
