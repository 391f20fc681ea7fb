"""Telling people of changes of presence: everybody, or those who asked to hear of somebody."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from parley import observability
from parley.domain.ids import MANAGE_TENANT, TenantId, UserId
from parley.domain.people import Profile
from parley.domain.presence import Seen, Target, watched_id
from parley.errors import CacheUnavailable, ParleyError
from parley.ports import Audience, Flush, PresenceStore
from parley.protocol.views import PresenceUpdate
from parley.services.delivery import Delivery, Sending
from parley.services.people import split_over_events
from parley.services.views import seen_view

Mode = Literal["all", "subscribed"]
NOBODY = Audience(())
# How long pushing may take where nobody waits for a reply; well within a claim (`ports.presence`).
UNHURRIED_S = 4.0


@dataclass(frozen=True, slots=True)
class PresenceUpdates:
    """Announces changes.

    A connection that subscribed hears of its people only. Any other hears of everybody, but where
    more than ``all_max`` people are online, of nobody: that many changes would bury a client. In
    manage scope it hears of everybody always.
    """

    presence: PresenceStore
    delivery: Delivery
    all_max: int

    def mode(self, tenant_id: TenantId, online: int) -> Mode:
        """Return what a connection without a subscription hears of, as clients are told."""
        return "subscribed" if tenant_id != MANAGE_TENANT and online > self.all_max else "all"

    def flush_after(
        self, tenant_id: TenantId, flush_in_s: float | None, online: int | None = None
    ) -> None:
        """Announce what is due now, or ask for it later; what fails is left to the next change.

        Args:
            tenant_id: Whose changes.
            flush_in_s: When they are due; None: there are none.
            online: Where a reply waits for this, how many people of the tenant are not offline: to
                tell very many is left to the flush function.
        """
        if flush_in_s is None:
            return
        if flush_in_s > 0 or (online or 0) > self.delivery.direct_max:
            self.delivery.ask_flush(tenant_id, flush_in_s)
            return
        try:
            self.flush(tenant_id, UNHURRIED_S if online is None else None)
        except ParleyError as exc:
            # What asked for it is done already; the next change or sweep asks again.
            observability.warning("flush_failed", cause=str(exc), tenant_id=tenant_id)

    def flush(self, tenant_id: TenantId, budget_s: float | None = UNHURRIED_S) -> None:
        """Announce the changes of a tenant that are due, to its people and to manage scope.

        At least once: those of a function that dies before it confirms them are announced again.
        """
        due = self.presence.flush(tenant_id)
        if due.changes:
            audience = Audience(due.targets, due.subscriptions, due.online)
            self._announce(tenant_id, due.changes, audience, budget_s)
            self._confirm(tenant_id, due)
        self.delivery.ask_flush(tenant_id, due.flush_in_s)

    def _confirm(self, tenant_id: TenantId, told: Flush) -> None:
        try:
            self.presence.confirm(tenant_id, told)
        except CacheUnavailable as exc:
            # They are told once more.
            observability.warning("changes_not_confirmed", cause=str(exc), tenant_id=tenant_id)

    def announce_profile(self, profile: Profile) -> None:
        """Show somebody as their changed profile says, and announce it like any other change."""
        tenant_id = profile.tenant_id
        try:
            self.flush_after(tenant_id, self.presence.rename(profile))
        except CacheUnavailable as exc:
            # Open clients read it with their next `presence.list` or `sync.start`.
            observability.warning("profile_not_announced", cause=str(exc), tenant_id=tenant_id)

    def _announce(
        self,
        tenant_id: TenantId,
        changes: Sequence[Seen],
        audience: Audience,
        budget_s: float | None,
    ) -> None:
        sendings: list[Sending] = []
        # Of manage scope its own people hear as those who watch every tenant.
        if tenant_id != MANAGE_TENANT:
            hears_all = self.mode(tenant_id, audience.online) == "all"
            heard = _heard(audience, changes, lambda user_id: user_id, hears_all=hears_all)
            sendings += self._start(heard, None)
        watched = _heard(
            self._watchers(tenant_id, changes),
            changes,
            lambda user_id: watched_id(tenant_id, user_id),
            hears_all=True,
        )
        sendings += self._start(watched, tenant_id)
        self._note_missed(self.delivery.finish(*sendings, budget_s=budget_s))
        observability.info("presence_announced", tenant_id=tenant_id, count=len(changes))

    def _note_missed(self, missed: Sequence[Target]) -> None:
        by_tenant: defaultdict[TenantId, list[Target]] = defaultdict(list)
        for target in missed:
            by_tenant[target.tenant_id].append(target)
        for tenant_id, targets in by_tenant.items():
            try:
                self.presence.note_missed(targets)
            except CacheUnavailable as exc:
                observability.warning("missed_not_noted", cause=str(exc), tenant_id=tenant_id)

    def _start(
        self, heard: Iterator[tuple[list[Target], list[Seen]]], shown_tenant: TenantId | None
    ) -> list[Sending]:
        return [
            self.delivery.start(targets, "presence:update", PresenceUpdate(users=users))
            for targets, changes in heard
            for users in split_over_events([seen_view(seen, shown_tenant) for seen in changes])
        ]

    def _watchers(self, tenant_id: TenantId, changes: Sequence[Seen]) -> Audience:
        # What is announced was taken already: the tenant's own people must hear of it regardless.
        try:
            watched = [watched_id(tenant_id, seen.user_id) for seen in changes]
            return self.presence.audience(MANAGE_TENANT, watched)
        except CacheUnavailable as exc:
            observability.warning("watchers_unknown", cause=str(exc))
            return NOBODY


def _heard(
    audience: Audience,
    changes: Sequence[Seen],
    asked_as: Callable[[UserId], UserId],
    *,
    hears_all: bool,
) -> Iterator[tuple[list[Target], list[Seen]]]:
    """Yield connections that hear of the same changes, with these.

    Args:
        audience: All connections, and their subscriptions.
        changes: What there is to tell.
        asked_as: How somebody is called in subscriptions.
        hears_all: Whether connections without a subscription hear of everything, or of nothing.
    """
    alike: defaultdict[frozenset[UserId] | None, list[Target]] = defaultdict(list)
    for target in audience.targets:
        alike[audience.subscriptions.get(target.connection_id)].append(target)
    for asked, targets in alike.items():
        if asked is None:
            heard = list(changes) if hears_all else []
        else:
            heard = [seen for seen in changes if asked_as(seen.user_id) in asked]
        if heard:
            yield targets, heard
