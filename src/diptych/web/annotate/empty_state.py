"""The content of the annotation page without a record: the reason, the annotator's progress, and links."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from diptych.models import User
from diptych.responses.queries import count_days_in_a_row
from diptych.web.annotate.context import AnnotationContext


@dataclass(kw_only=True)
class EmptyState(AnnotationContext):
    """``outcome`` is the reason: done, leased, nothing for this annotator, or an empty queue.

    ``days`` is the number of days in a row with answers, ``retry_after`` the seconds to wait.
    """

    outcome: str
    retry_after: int
    days: int

    @classmethod
    def template(cls) -> str:
        """Return the template of the empty state, which is a part of the annotation page."""
        return "annotate/_empty_state.html"


def make_empty_state(
    session: Session, context: AnnotationContext, person: User, outcome: str, retry_after: int = 0
) -> EmptyState:
    """Return the empty state for an outcome."""
    days = count_days_in_a_row(session, context.dataset, person)
    return EmptyState(**vars(context), outcome=outcome, retry_after=retry_after, days=days)
