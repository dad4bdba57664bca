"""What a caller may see of datasets and their records; every route and every page uses this.

Annotators judge blind. They do not see what could reveal the source of a picture or a suggestion, or what
other annotators think of it. Hidden things look as if they do not exist, even if an annotator names them.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, select

from diptych.core.passwords import hash_token
from diptych.core.statements import Query
from diptych.models import Dataset, DatasetStatus, MetadataProperty, Role, User, WorkspaceUser

# The same rule as ``visible_to``, for many callers at once.
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
    """What a caller may see.

    ``all_workspaces``: datasets of all workspaces, not only of the caller's.
    ``drafts``: datasets that are not published.
    ``all_metadata``: metadata that is undeclared, or declared as hidden from annotators.
    ``external_ids``: external ids of records; otherwise the record's id replaces them.
    ``suggestion_sources``: the agent, type and score of a suggestion.
    ``colleagues``: other annotators of a dataset, their progress and their answers.
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
        """The user whose responses the caller may see; None means all users."""
        return None if self.colleagues else self.caller_id

    def properties(self, declared: Iterable[MetadataProperty]) -> list[MetadataProperty]:
        """Return the declared metadata properties that the caller may see."""
        return [item for item in declared if self.all_metadata or item.visible_for_annotators]


@dataclass(frozen=True)
class Principal:
    """A caller, and the requested datasets that they may see."""

    user_id: uuid.UUID
    dataset_ids: Collection[uuid.UUID]


def read_access(caller: User) -> ReadAccess:
    """Return what a caller may see."""
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
    """Return the query for the callers behind valid session tokens and API keys.

    It maps each token and key to its caller, with the requested datasets that the caller may see.
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
