"""Kinds of values as types of Arrow and features of ``datasets``."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from diptych.core.kinds import Kind, ListOf, Scalar

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_schema(kinds: Mapping[str, Kind]) -> "pa.Schema":
    """Return the schema of columns of these kinds.

    Its metadata has their features in the format of ``datasets`` 4 and later.
    """
    import pyarrow as pa  # noqa: PLC0415 - adds about 100 MB, and most exports do not need it

    features = {name: _feature(kind) for name, kind in kinds.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.schema([(name, _type(kind)) for name, kind in kinds.items()], metadata)


def _type(kind: Kind) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 - as above

    if kind == Scalar.TIME:
        return pa.timestamp("us", tz="UTC")
    if isinstance(kind, Scalar):
        return pa.type_for_alias(kind.value)
    if isinstance(kind, ListOf):
        return pa.list_(_type(kind.item))
    return pa.struct([(name, _type(member)) for name, member in kind.members.items()])


def _feature(kind: Kind) -> dict[str, Any]:
    if isinstance(kind, Scalar):
        return {"dtype": kind.value, "_type": "Value"}
    if isinstance(kind, ListOf):
        return {"feature": _feature(kind.item), "_type": "List"}
    return {name: _feature(member) for name, member in kind.members.items()}
