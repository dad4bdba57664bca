"""The limit of a request: an app that reads the same body, checks it, and answers at once."""

import uuid
from datetime import UTC, datetime

from fastapi import FastAPI

from diptych.api.answers import Outcome, Outcomes, OwnAnswers
from diptych.api.record_shapes import ResponseOut

app = FastAPI()


@app.post("/api/v1/me/responses/bulk")
async def answer_many(body: OwnAnswers) -> Outcomes:
    """Answer with what an answer looks like when it is stored."""
    now = datetime.now(UTC)
    return Outcomes(
        items=[
            Outcome(
                item=ResponseOut(
                    id=item.record_id,
                    values=item.values or {},
                    status=item.status,
                    record_id=item.record_id,
                    user_id=body.user_id or uuid.UUID(int=0),
                    inserted_at=now,
                    updated_at=now,
                )
            )
            for item in body.items
        ]
    )


@app.get("/readyz")
async def readyz() -> dict[str, str]:
    """Say that the app answers."""
    return {"status": "ready"}
