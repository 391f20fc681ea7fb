"""Query parameters of the REST API (SPEC §7); ``scope``, which every route takes, is not here.

Names as in frames. A parameter is given once, but for lists, which repeat it: ids may hold commas.
"""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from parley.protocol.commands import MAX_USER_IDS
from parley.protocol.fields import LINE_HINT, Cursor, ExternalId, Input, Limit, Seq

MAX_SEARCH_CHARS = 128
# What travels as text and means something else.
INTEGERS = frozenset({"before", "after", "limit"})
LISTS = frozenset({"userIds"})


class NoQuery(Input):
    """No parameters."""


class InTenant(Input):
    """Whose tenant is meant; in manage scope only, and there required."""

    tenant_id: ExternalId | None = None


class GetPage(Input):
    """A page of a listing; ``cursor`` is that of the page before."""

    cursor: Cursor | None = None
    limit: Limit = 50


class GetMessages(Input):
    """A page before or after a ``seq``; without either, the newest page."""

    before: Seq | None = None
    after: Seq | None = None
    limit: Limit = 50

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.before is not None and self.after is not None:
            raise ValueError("name before or after, not both")
        return self


class GetPresence(Input):
    """Everyone who is not offline, or exactly the named people."""

    user_ids: Annotated[list[ExternalId], Field(max_length=MAX_USER_IDS)] | None = None
    tenant_id: ExternalId | None = None
    cursor: Cursor | None = None


class GetUsers(Input):
    """People whose name or e-mail has words that begin like those of ``q``; without it, all."""

    q: Annotated[str, StringConstraints(max_length=MAX_SEARCH_CHARS), LINE_HINT] | None = None
    role: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    tenant_id: ExternalId | None = None
    cursor: Cursor | None = None
    limit: Limit = 50
