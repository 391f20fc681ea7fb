"""Removing what is from before a shorter retention (SPEC §6).

A message is stored with the time that its tenant keeps messages for. When that becomes shorter,
what was stored before is hidden at once, and this sets by and by when it is to be removed: a slice
a minute, over all that is stored, once for each change. Where no setting became shorter it costs
one read a minute.
"""

from dataclasses import dataclass
from datetime import datetime

from parley import observability
from parley.domain.clearing import Aged, is_shorter
from parley.domain.policies import TenantSettings
from parley.errors import ParleyError
from parley.ports import ClearingStore, Clock
from parley.ports.clearing import BEGINNING
from parley.services.policies import Policies, merged

# Behind the sweep of leases, within the function's 50 s.
SLICE_S = 5.0


@dataclass(frozen=True, slots=True)
class Clearing:
    """Goes through stored messages, a slice at a time; each step is safe to repeat."""

    store: ClearingStore
    policies: Policies
    clock: Clock

    def ask_if_shorter(self, before: TenantSettings, after: TenantSettings) -> None:
        """Ask for a pass if a tenant's new settings keep messages for less long.

        To be called before they are stored: should that fail, a pass was in vain; the other way
        round nobody would ever ask.
        """
        defaults = self.policies.defaults
        days = [merged(defaults, settings).retention_days for settings in (after, before)]
        if is_shorter(*days):
            self.store.ask(self.clock.now())

    def go_on(self) -> None:
        """Do a slice of the pass under way, or of a new one that is due."""
        try:
            self._go_on()
        except ParleyError as exc:
            # The next minute's slice begins where this one did.
            observability.warning("clearing_interrupted", cause=str(exc))

    def _go_on(self) -> None:
        state = self.store.state()
        self._notice_default(state.default_days)
        if state.is_due(self.clock.now()) and state.asked is not None:
            self._slice(state.asked, BEGINNING)
        elif state.place is not None and state.serves is not None:
            self._slice(state.serves, state.place)

    def _notice_default(self, before: int) -> None:
        days = self.policies.defaults.retention_days
        if is_shorter(days, before):
            self.store.ask(self.clock.now())
        if days != before:
            self.store.note_default(days)

    def _slice(self, serves: datetime, place: str) -> None:
        deadline = self.clock.monotonic() + SLICE_S
        following: str | None = place
        limited = 0
        while following is not None and self.clock.monotonic() < deadline:
            messages, following = self.store.page(following)
            limited += sum(map(self._limit, messages))
        self.store.note(serves, following)
        observability.info("messages_limited", count=limited, is_done=following is None)

    def _limit(self, message: Aged) -> bool:
        days = self.policies.of_tenant(message.tenant_id).retention_days
        if not message.is_kept_longer_than(days):
            return False
        self.store.limit(message, days, self.clock.now())
        return True
