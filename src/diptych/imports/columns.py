"""The header of a file, and the meaning of its columns."""

from collections.abc import Mapping, Sequence

from diptych.core.errors import InvalidError
from diptych.imports.readers.base import describe
from diptych.imports.schema import Schema

# What other tools call the columns that mean something.
_SYNONYMS = {
    "prompt": ("caption", "text", "instruction", "prompt_text"),
    "image_1": ("image1", "image_a", "image_0", "image_1_url", "image_0_url", "url_1", "path1", "left"),
    "image_2": ("image2", "image_b", "image_1", "image_2_url", "image_1_url", "url_2", "path2", "right"),
    "id": ("external_id", "record_id", "pair_id", "uid", "key"),
}


def to_renames(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return our names by the file's, from the file's by ours; one column cannot be two things."""
    renames: dict[str, str] = {}
    for target, source in mapping.items():
        if source in renames:
            raise InvalidError(f"The column {source!r} cannot be both {renames[source]!r} and {target!r}.")
        if source != target:
            renames[source] = target
    return renames


def known_columns(schema: Schema) -> tuple[str, ...]:
    """Return the columns that mean something, in the order in which people think of them."""
    return ("prompt", *schema.image_columns, "id")


def propose_mapping(columns: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Return the file's column that probably matches each known column: known name to file's name."""
    lowered = {column.lower(): column for column in reversed(columns)}
    proposed = {target: lowered[target] for target in known if target in lowered}
    for target in known:
        for synonym in _SYNONYMS.get(target, (target.replace("_", ""), f"{target}_url")):
            free = synonym in lowered and lowered[synonym] not in proposed.values()
            if target not in proposed and free:
                proposed[target] = lowered[synonym]
    return proposed


def is_export(columns: Sequence[str]) -> bool:
    """Say whether a header is that of an export of ours, whose cells hold more than text."""
    return "_server_id" in columns


def check_columns(columns: Sequence[str], schema: Schema) -> None:
    """Raise ``InvalidError`` unless a header, after renaming, has the columns that ``schema`` needs."""
    if schema.images_field is None:
        raise InvalidError("This dataset has no pairs of images; import nested records from JSON instead.")
    missing = [key for key in ("prompt", *schema.image_columns) if key not in columns]
    if missing:
        what = "column" if len(missing) == 1 else "columns"
        raise InvalidError(
            f"The file has no {what} {', '.join(missing)}. {describe(columns)} "
            f"Choose the right one; on the command line: --map {missing[0]}=COLUMN."
        )
    if not is_export(columns):
        _check_metadata(columns, schema)


def _check_metadata(columns: Sequence[str], schema: Schema) -> None:
    of_record = {"prompt", *schema.images_in(columns), "id"}
    for name in columns:
        if name in of_record:
            continue
        if name in schema.reserved:
            raise InvalidError(
                f"A column cannot be named {name!r}, because exports use that name for something else. "
                f"Rename it (--map my_{name}={name}), or leave it out."
            )
        if name not in schema.properties and not schema.allow_extra_metadata:
            raise InvalidError(
                f"This dataset has no metadata property {name!r} and does not allow others; "
                "leave the column out."
            )
