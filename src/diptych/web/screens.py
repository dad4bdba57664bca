"""What there is to see when there is no record to show: why, what the person did, and the way on."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from diptych.models import User
from diptych.responses.queries import count_days_in_a_row
from diptych.web.desk import Desk


@dataclass(kw_only=True)
class Screen(Desk):
    """``outcome`` is why: done, leased, nothing for this person, or an empty queue.

    ``days`` is on how many days in a row the person answered, ``retry_after`` the seconds to wait.
    """

    outcome: str
    retry_after: int
    days: int

    @classmethod
    def template(cls) -> str:
        """Return the template of the screen, which is a part of the annotation page."""
        return "annotate/_screen.html"


def make_screen(session: Session, desk: Desk, person: User, outcome: str, retry_after: int = 0) -> Screen:
    """Return the screen for an outcome."""
    days = count_days_in_a_row(session, desk.dataset, person)
    return Screen(**vars(desk), outcome=outcome, retry_after=retry_after, days=days)
