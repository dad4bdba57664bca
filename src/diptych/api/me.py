"""Who am I."""

import uuid
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from diptych.api.auth import Caller
from diptych.models import Role, User

router = APIRouter(tags=["people"])


class UserOut(BaseModel):
    """A person, without anything secret."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    username: str
    first_name: str | None
    last_name: str | None
    role: Role
    inserted_at: datetime
    updated_at: datetime


@router.get("/me", response_model=UserOut)
def me(caller: Caller) -> User:
    """Return the person whose key this is."""
    return caller
