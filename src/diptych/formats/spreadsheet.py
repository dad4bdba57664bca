"""Cells of text files that a spreadsheet would run as formulas: exports guard them with a quote in front.

A cell that already looks guarded gets one more quote, so that imports can undo this without loss.
"""

import re

GUARD = "'"
# The first characters of a formula.
STARTS = "=+-@\t\r"
# What the beginning of a cell to guard matches, for Python and PostgreSQL.
FORMULA = r"'*[=+\-@\t\r]"
_guarded = re.compile(r"'+[=+\-@\t\r]")


def guard(cell: str) -> str:
    """Return a cell as it is in a file."""
    return f"{GUARD}{cell}" if re.match(FORMULA, cell) else cell


def unguard(cell: str) -> str:
    """Return what ``guard`` was given."""
    return cell.removeprefix(GUARD) if _guarded.match(cell) else cell
