"""Embeddings: lists of numbers with a declared length, which pgvector stores in single precision."""

from typing import Annotated, Any

from pydantic import FailFast, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from diptych.core.errors import InvalidError
from diptych.models import VectorSettings

# Single precision rounds larger numbers to infinity.
_TOO_LARGE = 2.0**128 - 2.0**103
_Number = Annotated[float, Field(strict=True, gt=-_TOO_LARGE, lt=_TOO_LARGE)]
# A compiled validator takes a fourteenth of the time of a loop in Python.
_numbers = TypeAdapter(Annotated[list[_Number], Field(strict=True), FailFast()])


def check_vector(declared: VectorSettings, value: Any) -> None:
    """Raise ``InvalidError`` unless ``value`` has the declared number of finite single-precision numbers.

    The ``field`` of the error is the name of the vector.
    """
    name = declared.name
    if not isinstance(value, list) or len(value) != declared.dimensions:
        raise InvalidError(
            f"The vector {name!r} has to be a list of {declared.dimensions} numbers.", field=name
        )
    try:
        _numbers.validate_python(value)
    except ValidationError:
        raise InvalidError(
            f"The vector {name!r} contains a value that is not a finite number in single precision.",
            field=name,
        ) from None


def vector_text(declared: VectorSettings, value: Any) -> str:
    """Return a vector in pgvector's syntax, such as ``[0.1,0.2]``; raises as ``check_vector``."""
    check_vector(declared, value)
    return to_json(value).decode()
