"""The limits of a request: apps that read the same body, check it, and store nothing or one row."""

import os
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from diptych.api.responses.shapes import Outcome, Outcomes, OwnResponseOut, OwnResponsesIn
from diptych.core.db import Database, as_rows
from diptych.core.group_commit import GroupCommit
from diptych.core.statements import Plan, Query

PATH = "/api/v1/me/responses/bulk"
_CREATE = "CREATE TABLE IF NOT EXISTS bench_rows (id uuid, answer json)"
_INSERT = "INSERT INTO bench_rows SELECT * FROM json_to_recordset(%(rows)s) AS r (id uuid, answer json)"


def _app(**options: object) -> FastAPI:
    made = FastAPI(**options)
    made.add_api_route("/readyz", _readyz)
    return made


async def _readyz() -> dict[str, str]:
    return {"status": "ready"}


app = _app()


@app.post(PATH)
async def answer(body: OwnResponsesIn) -> Outcomes:
    """Answer with what an answer looks like when it is stored."""
    now = datetime.now(UTC)
    return Outcomes(
        items=[
            Outcome(
                item=OwnResponseOut(
                    id=item.record_id,
                    values=item.values or {},
                    status=item.status,
                    record_id=item.record_id,
                    user_id=body.user_id or uuid.UUID(int=0),
                    inserted_at=now,
                    updated_at=now,
                    revision=item.revision or 1,
                    shown_order=item.shown_order,
                )
            )
            for item in body.items
        ]
    )


def _insert(bodies: Sequence[OwnResponsesIn], **_options: bool) -> Plan[list[None]]:
    rows = [{"id": item.record_id, "answer": item.values} for body in bodies for item in body.items]
    yield [Query(_INSERT, {"rows": as_rows(rows)})]
    return [None] * len(bodies)


@asynccontextmanager
async def _storing(app: FastAPI) -> AsyncIterator[None]:
    database = Database(os.environ["DIPTYCH_DATABASE_URL"])
    with database.alone() as connection:
        connection.exec_driver_sql(_CREATE)
    app.state.writer = GroupCommit(database, _insert, part_of=lambda _: None, caller_of=lambda _: None)
    yield
    await app.state.writer.close()
    database.dispose()


one_row = _app(lifespan=_storing)


@one_row.post(PATH)
async def store_one_row(body: OwnResponsesIn) -> Outcomes:
    """Insert a row for each answer, in groups that share a transaction, and answer as above."""
    await one_row.state.writer.submit(body)
    return await answer(body)
