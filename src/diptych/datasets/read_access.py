"""What a caller may know of datasets and their records: every route and every page asks here.

Annotators judge blind. They do not learn what could tell whose picture or whose proposal they look at, nor
what their colleagues think of it; what is hidden from them looks like what does not exist, even when they ask
for it by name.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, select

from diptych.core.passwords import hash_token
from diptych.core.statements import Query
from diptych.models import Dataset, DatasetStatus, MetadataProperty, Role, User, WorkspaceUser

# The same decision as ``visible_to``, for many callers at once.
_FIND_PRINCIPALS = """
WITH principals AS (
    SELECT s.token_hash AS hash, u.id, u.role FROM login_sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = ANY(%(tokens)s) AND s.expires_at > now() AND u.disabled_at IS NULL
    UNION ALL
    SELECT api_key_hash, id, role FROM users WHERE api_key_hash = ANY(%(api_keys)s) AND disabled_at IS NULL)
SELECT p.hash, p.id, ARRAY(
    SELECT d.id FROM datasets d WHERE d.id = ANY(%(dataset_ids)s)
    AND (p.role <> 'annotator' OR d.status = 'ready')
    AND (p.role = 'owner' OR EXISTS (
        SELECT FROM workspace_users m WHERE m.workspace_id = d.workspace_id AND m.user_id = p.id)))
FROM principals p
"""


@dataclass(frozen=True)
class ReadAccess:
    """What a caller may know.

    ``all_workspaces``: the datasets of every workspace, not of their own ones only.
    ``drafts``: datasets that are not published.
    ``all_metadata``: metadata that is not declared, or declared as hidden from annotators.
    ``external_ids``: what the records are called outside; a record's own id stands in their place.
    ``suggestion_sources``: who or what made a suggestion, and how sure it was.
    ``colleagues``: who else works on a dataset, how much they did, and what they answered.
    """

    caller_id: uuid.UUID
    all_workspaces: bool
    drafts: bool
    all_metadata: bool
    external_ids: bool
    suggestion_sources: bool
    colleagues: bool

    @property
    def responses_of(self) -> uuid.UUID | None:
        """Whose responses the caller may know, everybody's if it is None."""
        return None if self.colleagues else self.caller_id

    def properties(self, declared: Iterable[MetadataProperty]) -> list[MetadataProperty]:
        """Return those of a dataset's metadata properties that the caller may know."""
        return [item for item in declared if self.all_metadata or item.visible_for_annotators]


@dataclass(frozen=True)
class Principal:
    """Who calls, and those of the datasets that are asked for which they may see."""

    user_id: uuid.UUID
    dataset_ids: Collection[uuid.UUID]


def read_access(caller: User) -> ReadAccess:
    """Return what a caller may know of the datasets that they see, and which those are."""
    is_admin = caller.role != Role.ANNOTATOR
    return ReadAccess(
        caller_id=caller.id,
        all_workspaces=caller.role == Role.OWNER,
        drafts=is_admin,
        all_metadata=is_admin,
        external_ids=is_admin,
        suggestion_sources=is_admin,
        colleagues=is_admin,
    )


def visible_to(caller: User) -> Select[Dataset]:
    """Return the query for the datasets that a caller may see."""
    access = read_access(caller)
    statement = select(Dataset)
    if not access.all_workspaces:
        mine = select(WorkspaceUser.workspace_id).where(WorkspaceUser.user_id == caller.id)
        statement = statement.where(Dataset.workspace_id.in_(mine))
    return statement if access.drafts else statement.where(Dataset.status == DatasetStatus.READY)


def principals_of(
    *, tokens: Collection[str], api_keys: Collection[str], dataset_ids: Collection[uuid.UUID]
) -> Query[dict[str, Principal]]:
    """Return the query for the people whom session tokens and API keys belong to, where they are still good.

    Each token and key has its person then, and which of the datasets that person may see.
    """
    hashes = {hash_token(secret): secret for secret in (*tokens, *api_keys)}
    values = {
        "tokens": [hash_token(token) for token in tokens],
        "api_keys": [hash_token(api_key) for api_key in api_keys],
        "dataset_ids": list(dataset_ids),
    }
    return Query(
        _FIND_PRINCIPALS, values, lambda rows: {hashes[hash_]: Principal(*rest) for hash_, *rest in rows}
    )
