"""What a chaos run is to do, and the settings of the Parley that it runs against."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.load import RAISED_LIMITS

# One sweep a minute, as deployed, against a lease of 90 s: the same ratio for shorter ones.
SWEEPS_A_LEASE = 1.5
SCHEDULED_SWEEP_S = 60.0
# On AWS nobody queues for a function that waits for a slow store, and a fault makes many of them.
CONCURRENCY = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Attributes:
        seconds: How long messages are sent and things are broken.
        connections: How many there are, over all tenants.
        rate: Messages a second that are offered.
        room_size: People of a group.
        open_share: Share of the messages that goes to the rooms of whole tenants.
        edit_share: Share of the messages that their sender edits a moment later.
        two_devices: Share of the people who are there twice.
        heartbeat_s: Told to clients; presence follows in proportion.
        pause_s: Seconds from one fault's begin to the next one's, at most.
        calm_s: How long everything may take to be right again when all faults have ended.
        verbs: The only faults to use; all of them if empty.
    """

    seconds: float = 60.0
    connections: int = 100
    rate: float = 20.0
    seed: int = 1
    tenants: int = 10
    room_size: int = 5
    open_share: float = 0.01
    edit_share: float = 0.03
    two_devices: float = 0.1
    heartbeat_s: int = 5
    pause_s: float = 20.0
    calm_s: float = 60.0
    verbs: tuple[str, ...] = ()

    @property
    def lease_s(self) -> int:
        """Return how long a connection counts as heard."""
        return 3 * self.heartbeat_s

    @property
    def sweep_s(self) -> float:
        """Return the pause between two sweeps."""
        return self.lease_s / SWEEPS_A_LEASE

    @property
    def heals_in_s(self) -> float:
        """Return after how long nobody may be shown wrongly any more (SPEC §5.6).

        The lease and one sweep, and what announcing takes: the grace, and a beat until the next.
        """
        return self.lease_s + self.sweep_s + 5.0 + 4.0

    def settings(self) -> Mapping[str, str]:
        """Return the environment of the Parley to run against."""
        return {
            **RAISED_LIMITS,
            "PARLEY_CONNECTS_PER_MINUTE": "1000000",
            "PARLEY_RECEIPTS_PER_MINUTE": "1000000",
            "PARLEY_HEARTBEAT_INTERVAL_S": str(self.heartbeat_s),
            "PARLEY_LEASE_TTL_S": str(self.lease_s),
            "GATEWAY_SCHEDULE_SCALE": str(self.sweep_s / SCHEDULED_SWEEP_S),
            "GATEWAY_QUEUE_RETRY_S": "1",
            "GATEWAY_CONCURRENCY": str(CONCURRENCY),
            "GATEWAY_FAULT_SEED": str(self.seed),
        }
