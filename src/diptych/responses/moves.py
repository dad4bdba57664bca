"""The counts of responses: the progress of people, of records and of datasets.

All of it follows from moves. A move is a row that says of which status a response was ``before`` and is
``after``, null where there is none, for how many milliseconds more its author looked at the record, and how
many leases on the record it ended.
"""

from diptych.datasets.service import adding_to_totals
from diptych.models import ResponseStatus

# The columns of a move, and their types.
MOVE_COLUMNS = {
    "dataset_id": "uuid",
    "record_id": "uuid",
    "user_id": "uuid",
    "before": "text",
    "after": "text",
    "duration_ms": "integer",
    "ended_leases": "integer",
}


def moving_progress(moves: str) -> str:
    """Return the SQL that adds the moves of a table, or of a subquery, to the progress of people.

    A move whose status stays the same still adds its time; a move without a status is ignored.
    """
    # The columns are named like the statuses they count.
    columns = [*(status.value for status in ResponseStatus), "total_duration_ms"]
    return f"""
INSERT INTO annotator_progress AS p (dataset_id, user_id, {", ".join(columns)})
SELECT dataset_id, user_id, {", ".join(map(_moved, ResponseStatus))}, sum(duration_ms)
FROM {moves} WHERE before IS NOT NULL OR after IS NOT NULL
GROUP BY dataset_id, user_id ORDER BY dataset_id, user_id
ON CONFLICT (dataset_id, user_id) DO UPDATE
SET {", ".join(f"{column} = p.{column} + excluded.{column}" for column in columns)}, updated_at = now()
"""  # noqa: S608 - put together from constants


def moving_records_and_totals(moves: str) -> str:
    """Return the SQL that moves the counts of records, and of the records that a dataset has completed.

    The records are locked. Their datasets are named by the value ``dataset_ids`` as well.
    """
    completed = """
SELECT dataset_id, 0 AS records, sum(completed) AS completed FROM moved
GROUP BY dataset_id HAVING sum(completed) <> 0 ORDER BY dataset_id"""
    return f"""
WITH moved AS (
    UPDATE records r SET submitted_count = r.submitted_count + m.submitted,
        lease_count = r.lease_count - m.ended_leases,
        updated_at = CASE WHEN (r.submitted_count >= r.min_submitted)
                            <> (r.submitted_count + m.submitted >= r.min_submitted)
                          THEN greatest(r.updated_at, now()) ELSE r.updated_at END
    FROM (SELECT dataset_id, record_id, {_moved(ResponseStatus.SUBMITTED)} AS submitted,
                 sum(ended_leases) AS ended_leases
          FROM {moves} GROUP BY dataset_id, record_id) m
    WHERE r.dataset_id = ANY(%(dataset_ids)s) AND r.dataset_id = m.dataset_id AND r.id = m.record_id
      AND (m.submitted <> 0 OR m.ended_leases <> 0)
    RETURNING r.dataset_id, CAST(r.submitted_count >= r.min_submitted AS int)
                            - CAST(r.submitted_count - m.submitted >= r.min_submitted AS int) AS completed)
{adding_to_totals(completed)}
"""  # noqa: S608 - put together from constants


def _moved(status: ResponseStatus) -> str:
    return f"count(*) FILTER (WHERE after = '{status}') - count(*) FILTER (WHERE before = '{status}')"
