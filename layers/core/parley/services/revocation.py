"""Refusing a user's tokens from now on, and ending what they opened (SPEC §2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import TenantId, UserId
from parley.domain.presence import Target
from parley.errors import CacheUnavailable
from parley.ports import Clock, PresenceStore, UserStore
from parley.services.delivery import GOING_AWAY, REVOKED, ByeCode, Delivery

RETRY_S = 5.0
# No connection lasts longer than the two hours that API Gateway gives it.
OUTLASTS_S = 7_500.0


@dataclass(frozen=True, slots=True)
class Revocation:
    """Revokes users."""

    users: UserStore
    presence: PresenceStore
    delivery: Delivery
    clock: Clock

    def revoke(self, home: TenantId, user_id: UserId) -> int:
        """Refuse the user's tokens, and end every connection; return since when, epoch seconds.

        A connection that Redis knows is trusted without a look at the store. So the flush queue is
        asked first to end the user's connections once more, should Redis be away, or this process
        end between the two. Who has signed in again by then is bounced once.
        """
        until = self.clock.now().timestamp() + OUTLASTS_S
        self.delivery.ask(_record(home, user_id, until), RETRY_S)
        # Tokens have whole seconds: one of this second may be from before.
        before = int(self.clock.now().timestamp()) + 1
        self.users.revoke(home, user_id, before)
        try:
            self._end(home, user_id, REVOKED)
        except CacheUnavailable as exc:
            observability.warning("connections_not_ended", cause=str(exc), tenant_id=home)
        observability.info("user_revoked", tenant_id=home, user_id=user_id)
        return before

    def finish(self, home: TenantId, user_id: UserId, until: float) -> None:
        """End what a revoked user has open; while Redis is away, ask again every few seconds.

        The user may have signed in again by now, with a token that is good. Everybody is told to
        come back, which tells the two apart.

        Args:
            home: The user's tenant.
            user_id: Who.
            until: When none of the connections can be open any more, epoch seconds.

        Raises:
            Unavailable: It could not be asked for again.
        """
        try:
            self._end(home, user_id, GOING_AWAY)
        except CacheUnavailable as exc:
            observability.warning("connections_not_ended", cause=str(exc), tenant_id=home)
            if self.clock.now().timestamp() < until:
                self.delivery.queue.ask(_record(home, user_id, until), RETRY_S)

    def _end(self, home: TenantId, user_id: UserId, why: ByeCode) -> None:
        targets = self.presence.targets(home, [user_id])
        try:
            self._forget(targets)
        finally:
            self.delivery.end([target.connection_id for target in targets], why)

    def _forget(self, targets: Sequence[Target]) -> None:
        for target in targets:
            self.delivery.ask_flush(target.tenant_id, self.presence.close(target))


def _record(home: TenantId, user_id: UserId, until: float) -> dict[str, str]:
    return {
        "kind": "revoked",
        "tenantId": str(home),
        "userId": str(user_id),
        "until": str(until),
    }
