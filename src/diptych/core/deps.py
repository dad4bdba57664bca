"""What a handler asks for: the database, and a transaction of its own.

It stands apart from the database, so that commands and imports need not load the web framework.
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
    """Give a request its transaction; depend on it with ``scope="function"``: commit, then answer.

    Requests that change nothing (RFC 9110, section 9.2.1) read without one. Only what waits for the database
    takes a turn in the thread pool: opening a session does not, nor does closing one that only read.
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
