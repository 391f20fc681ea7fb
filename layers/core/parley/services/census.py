"""How many people are connected, for the operators."""

from dataclasses import dataclass

from parley import observability
from parley.ports import Clock, PresenceStore

# One round trip for each tenant. With very many, part of the truth would look like people going.
CENSUS_S = 5.0


@dataclass(frozen=True, slots=True)
class Census:
    """Counts people with connections, over all tenants."""

    presence: PresenceStore
    clock: Clock

    def take(self) -> None:
        """Measure how many there are; nothing where that takes longer than 5 s.

        Raises:
            CacheUnavailable: Redis does not answer.
        """
        deadline = self.clock.monotonic() + CENSUS_S
        people = 0
        for tenant_id in self.presence.tenants():
            if self.clock.monotonic() > deadline:
                observability.warning("census_not_finished")
                return
            people += self.presence.count_people(tenant_id, None)
        # A gauge: it is told also when nobody is here.
        observability.observe("people_connected", people)
