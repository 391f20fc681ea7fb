"""How a chaos run uses each fault verb: for how long, how strongly, and what follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.faults import dynamodb, gateway, valkey

# What the faults are of, by the first part of a verb's name here.
FAMILIES: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "gateway": gateway.VERBS,
    "valkey": valkey.VERBS,
    "dynamodb": dynamodb.VERBS,
}


@dataclass(frozen=True, slots=True)
class Use:
    """How a verb is used.

    Attributes:
        seconds: Shortest and longest time until the faults of its family are cleared; 0 for what
            is over at once.
        arguments: Those that differ from the verb's defaults.
        is_redis_dead: Whether Redis answers nobody meanwhile.
    """

    seconds: tuple[float, float] = (2.0, 4.0)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_redis_dead: bool = False


AT_ONCE = (0.0, 0.0)
DEAD = (6.0, 12.0)

USES: Mapping[str, Use] = {
    "gateway.cut_all": Use(AT_ONCE),
    "gateway.half_open": Use(AT_ONCE),
    "gateway.age": Use(AT_ONCE),
    "gateway.refuse_connects": Use(),
    "gateway.drop_disconnect": Use(),
    "gateway.delay_disconnect": Use(),
    "gateway.reorder_disconnect": Use(),
    "gateway.reorder": Use(),
    "gateway.gone": Use(),
    "gateway.limit": Use(),
    "gateway.slow": Use(),
    "gateway.duplicate": Use(),
    "gateway.delay_records": Use(),
    "gateway.reorder_records": Use(),
    "gateway.lose_records": Use(),
    "gateway.poison_records": Use(),
    "gateway.kill": Use(AT_ONCE),
    "gateway.kill_on_post": Use(AT_ONCE),
    "gateway.kill_at": Use(),
    "gateway.freeze": Use(AT_ONCE),
    "valkey.flush": Use(AT_ONCE),
    "valkey.script_flush": Use(AT_ONCE),
    "valkey.evict": Use(AT_ONCE),
    "valkey.restart_empty": Use(AT_ONCE),
    "valkey.failover": Use(AT_ONCE),
    "valkey.kill9": Use(DEAD, is_redis_dead=True),
    "valkey.stop": Use(DEAD, is_redis_dead=True),
    "valkey.cut": Use(DEAD, is_redis_dead=True),
    "valkey.stall": Use(DEAD, is_redis_dead=True),
    "valkey.slow": Use(),
    "valkey.oom": Use(),
    "dynamodb.throttle": Use(arguments={"probability": 0.2}),
    "dynamodb.conflict": Use(),
    "dynamodb.error500": Use(),
    "dynamodb.timeout_before": Use(),
    "dynamodb.timeout_after_commit": Use(),
    "dynamodb.unprocessed": Use(),
    "dynamodb.stale_read": Use(),
    "dynamodb.slow": Use(),
    "dynamodb.contention": Use(),
}

# Verbs that are called for something when a crowd disconnects or reconnects only.
NEEDS_A_CUT = frozenset(
    {
        "gateway.refuse_connects",
        "gateway.drop_disconnect",
        "gateway.delay_disconnect",
        "gateway.reorder_disconnect",
    }
)


def found() -> set[str]:
    """Return every verb that there is."""
    return {f"{family}.{name}" for family, verbs in FAMILIES.items() for name in verbs}
