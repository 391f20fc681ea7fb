"""People as Parley knows them: the caller of an operation, and what others see of a user."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from parley.domain.ids import MANAGE_TENANT, ConnectionId, SpaceId, TenantId, UserId


class Scope(StrEnum):
    """What a caller may see: one tenant, or all of them (SPEC §1)."""

    TENANT = "tenant"
    MANAGE = "manage"


SUPER_ADMIN = "super_admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the authorizer found out. In manage scope ``tenant_id`` is ``@manage``.

    Attributes:
        expires_at: When the token ends, epoch seconds.
        issued_at: When it was issued, epoch seconds; compared with the user's ``revokedBefore``.
    """

    user_id: UserId
    tenant_id: TenantId
    scope: Scope
    role: str
    name: str
    expires_at: int
    issued_at: int
    picture: str | None = None
    email: str | None = None
    spaces: tuple[SpaceId, ...] = ()

    @property
    def manages(self) -> bool:
        """Tell whether the caller sees every tenant."""
        return self.scope is Scope.MANAGE


def home_tenant(scope: Scope, tenant_id: TenantId) -> TenantId:
    """Return the partition in which a caller's own records live."""
    return MANAGE_TENANT if scope is Scope.MANAGE else tenant_id


@dataclass(frozen=True, slots=True)
class Connection:
    """One open WebSocket and the person behind it."""

    connection_id: ConnectionId
    caller: Caller
    connected_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """What others see of a user, as the last token or the customer's backend said it.

    Attributes:
        hides_reads: The user's own wish that nobody sees what they have read.
    """

    tenant_id: TenantId
    user_id: UserId
    name: str | None = None
    picture: str | None = None
    role: str | None = None
    email: str | None = None
    hides_reads: bool = False

    def told(self, said: "Profile") -> "Profile":
        """Return this profile with what a token says; what it does not say stays."""
        return replace(
            self,
            name=self.name if said.name is None else said.name,
            picture=self.picture if said.picture is None else said.picture,
            role=self.role if said.role is None else said.role,
            email=self.email if said.email is None else said.email,
        )

    def replaced(self, wanted: "Profile") -> "Profile":
        """Return the other profile; the user's own wish stays."""
        return replace(wanted, tenant_id=self.tenant_id, hides_reads=self.hides_reads)
