"""Search for words in the fields of records.

PostgreSQL's full text search finds whole words in any case, and beginnings of words for a word that ends in
``*``. Text that it cannot split into words, such as Chinese, emoji and punctuation, is found as substrings.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, case, cast, func, literal, literal_column
from sqlalchemy.dialects.postgresql import JSONB, REGCONFIG

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.core.storable import is_storable_text
from diptych.models import Record
from diptych.records.search.grammar import TextQuery
from diptych.records.search.names import Names
from diptych.records.search.values import Condition

# A document may be too long for a tsvector; then only its beginning is searched.
_MAX_TEXT_LENGTH = 250_000
_SIMPLE = literal_column("'simple'", REGCONFIG)
# Scripts without spaces between words: Thai to Khmer, and Chinese, Japanese and Korean.
_unspaced = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_has_word = re.compile(r"\w")


@dataclass(frozen=True)
class TextMatch:
    """The conditions for matching records, and the score of a match."""

    conditions: list[Condition]
    score: ColumnElement[float]


def match_text(names: Names, query: TextQuery) -> TextMatch | None:
    """Return the match for a query, None for a query without words, or raise ``InvalidError``."""
    if not is_storable_text(query.q):
        raise InvalidError("The query contains characters that cannot be searched for.", field="q")
    fields: SQLColumnExpression[Any] = Record.fields
    if query.field is not None:
        fields = Record.fields[names.field(query.field).name]
    words = query.q.split()
    if not words:
        return None
    whole = [word for word in words if _has_word.search(word) and not _unspaced.search(word)]
    parts = [word for word in words if word not in whole]
    conditions = [cast(fields, Text).icontains(_in_json(word), autoescape=True) for word in parts]
    if not whole:
        return TextMatch(conditions, literal(1.0))
    wanted = _to_query(whole)
    # First the condition on all fields, which the index covers.
    conditions[:0] = [document(Record.fields).op("@@")(wanted)]
    if query.field is not None:
        conditions.append(document(fields).op("@@")(wanted))
    return TextMatch(conditions, func.ts_rank(document(fields), wanted))


def document(fields: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return the words of fields as a tsvector; the index has exactly this expression."""
    text = cast(fields, Text)
    strings = literal_column("'[\"string\"]'", JSONB)
    return case(
        (
            func.length(text) <= literal_column(str(_MAX_TEXT_LENGTH)),
            func.json_to_tsvector(_SIMPLE, fields, strings),
        ),
        else_=func.to_tsvector(_SIMPLE, func.left(text, literal_column(str(_MAX_TEXT_LENGTH)))),
    )


def _to_query(words: list[str]) -> ColumnElement[str]:
    beginnings = [word.rstrip("*") for word in words if word.endswith("*")]
    wholes = [word for word in words if not word.endswith("*")]
    query: ColumnElement[Any] = func.plainto_tsquery(_SIMPLE, " ".join(wholes))
    for beginning in beginnings:
        quoted = "'" + beginning.replace("\\", " ").replace("'", " ") + "':*"
        query = query.op("&&")(func.to_tsquery(_SIMPLE, quoted))
    return query


def _in_json(word: str) -> str:
    """Return a word as it is written inside a JSON string."""
    return compact_json(word)[1:-1]
