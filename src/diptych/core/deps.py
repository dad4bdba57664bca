"""Dependencies of handlers: the database, and a transaction per request.

They are separate from ``db``, so that commands and imports do not load the web framework.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from diptych.core.admission import limit_database
from diptych.core.db import Database
from diptych.core.security import SAFE_METHODS


async def get_database(request: Request) -> Database:
    """Return the database of the app that serves this request."""
    database: Database = request.app.state.database
    return database


async def get_session(
    request: Request, _turn: Annotated[None, Depends(limit_database, scope="function")]
) -> AsyncIterator[Session]:
    """Yield the transaction of a request; with ``scope="function"``, it commits before the response is sent.

    Requests with a safe method (RFC 9110, section 9.2.1) read without a transaction. Only steps that wait for
    the database use the thread pool; opening a session and closing a read-only one do not.
    """
    database: Database = request.app.state.database
    if request.method in SAFE_METHODS:
        with database.reading() as session:
            yield session
        return
    transaction = database.transaction()
    session = transaction.__enter__()
    try:
        yield session
    except BaseException as error:
        await run_in_threadpool(transaction.__exit__, type(error), error, error.__traceback__)
        raise
    await run_in_threadpool(transaction.__exit__, None, None, None)
