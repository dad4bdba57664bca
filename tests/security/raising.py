"""The app, with routes that fail in each of its layers while they hold what nobody may read in a log."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Form
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from diptych import app as product
from diptych.core.edge import Router
from diptych.core.templating import Page

COOKIE = "cookie-Oa1DkQm3rY7tEwZs9xVbNc2fGh4jKl6pUi8oTy0R"
API_KEY = "apikey-Lq7WmZx3CvBn5AsDf8GhJk1QwErTy2UiOp9PzXc4"
BEARER = "bearer-Rt6YuIo0PaSdFg9HjKl3ZxCvBn2MqWeRt5YuIo8Q"
TOKEN = "Tk9XcVb4NmQw2ErTy6UiOp1AsDf8GhJk3LzXcVb7NmQ"
PASSWORD = "correct horse battery"
VALUE = "an answer that is nobody else's business"
SECRETS = (COOKIE, API_KEY, BEARER, TOKEN, PASSWORD, VALUE)
HEADERS = {
    "Cookie": f"diptych_session={COOKIE}",
    "X-Argilla-Api-Key": API_KEY,
    "Authorization": f"Bearer {BEARER}",
    "Referer": f"http://testserver/invitations/{TOKEN}",
}
FORM = {"password": PASSWORD, "answer": VALUE}
# What fails, and the end of the last line of its traceback.
FAILURES = {
    "dependency": "ZeroDivisionError: division by zero",
    "handler": "ZeroDivisionError: division by zero",
    "arguments": "ValueError: no such session: [hidden], nor a key [hidden], nor [hidden]",
    "template": "jinja2.exceptions.UndefinedError: 'title' is undefined",
    "row": 'psycopg.errors.NotNullViolation: null value in column "dataset_id" of relation "fields" '
    "violates not-null constraint",
    "syntax": "psycopg.errors.UndefinedFunction: operator does not exist: text + text",
    "checks": "pydantic_core._pydantic_core.ValidationError: 0: int_parsing",
    "shape": "fastapi.exceptions.ResponseValidationError: response.count: int_parsing",
    "group": "ExceptionGroup: several (1 sub-exception)",
}

router = Router()


class Count(BaseModel):
    """What a route promises to answer."""

    count: int


@dataclass(kw_only=True)
class Broken(Page):
    """A page without what its template needs."""

    @classmethod
    def template(cls) -> str:
        return "error.html"


def fail(*_known: object) -> None:
    _ = 1 / 0


async def failing(request: Request) -> None:
    form = await request.form()
    if request.url.path.endswith("/dependency"):
        fail(form, request.cookies)


@router.post("/raise/dependency", dependencies=[Depends(failing)])
@router.post("/raise/handler")
def handler(request: Request, password: Annotated[str, Form()], answer: Annotated[str, Form()]) -> None:
    cookie = request.headers["cookie"]
    fail(cookie, password, answer)


@router.post("/raise/arguments")
def arguments(request: Request) -> None:
    session, key = request.cookies["diptych_session"], request.headers["x-argilla-api-key"]
    message = f"no such session: {session}, nor a key {key}, nor {request.headers['authorization'][7:]}"
    raise ValueError(message)


@router.post("/raise/template")
def template(request: Request, password: Annotated[str, Form()]) -> Response:
    return Broken().render(request)


@router.post("/raise/row")
def row(request: Request, password: Annotated[str, Form()], answer: Annotated[str, Form()]) -> None:
    with request.app.state.database.transaction() as session:
        # The database tells the row that it refuses, under DETAIL.
        values = {"id": "0199e7a0-0000-7000-8000-000000000000", "name": password, "title": answer}
        session.execute(text("INSERT INTO workspaces (id, name) VALUES (:id, :name)"), values)
        session.execute(text("INSERT INTO fields (id, name, title) VALUES (:id, :name, :title)"), values)


@router.post("/raise/syntax")
def syntax(request: Request, password: Annotated[str, Form()], answer: Annotated[str, Form()]) -> None:
    with request.app.state.database.transaction() as session:
        session.execute(text("SELECT CAST(:a AS text) + CAST(:b AS text)"), {"a": password, "b": answer})


@router.post("/raise/checks")
def checks(password: Annotated[str, Form()], answer: Annotated[str, Form()]) -> None:
    TypeAdapter(list[int]).validate_python([password, answer])


@router.post("/raise/shape", response_model=Count)
def shape(answer: Annotated[str, Form()]) -> dict[str, str]:
    return {"count": answer}


@router.post("/raise/group")
def group(answer: Annotated[str, Form()]) -> None:
    try:
        TypeAdapter(int).validate_python(answer)
    except ValueError as error:
        raise ExceptionGroup("several", [error]) from None


@router.get("/raise/stream")
def stream(request: Request) -> StreamingResponse:
    def pieces() -> Iterator[bytes]:
        cookie = request.headers["cookie"]
        yield b"half of a file"
        fail(cookie)

    return StreamingResponse(pieces(), media_type="text/csv")


def create_app(settings=None) -> FastAPI:
    """Return the app with the routes that fail."""
    app = product.create_app(settings)
    app.include_router(router)
    return app
