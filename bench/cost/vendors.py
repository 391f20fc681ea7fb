"""What others list for the same events. Pure. Most carry events, and keep and check nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.cost.load import Load
from bench.cost.prices import Prices

# Plans: the id of the price, how many of what it is for, and connections at most.
PUSHER = (
    ("pusher_startup", 1_000_000, 500),
    ("pusher_pro", 4_000_000, 2_000),
    ("pusher_business", 10_000_000, 5_000),
    ("pusher_premium", 20_000_000, 10_000),
)
PUBNUB = (
    ("pubnub_1k", 1_000),
    ("pubnub_5k", 5_000),
    ("pubnub_10k", 10_000),
    ("pubnub_25k", 25_000),
)
STREAM = (("stream_10k", 10_000),)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a carrier of events sees.

    Attributes:
        published: Events that come in.
        delivered: Events that go out.
        connection_minutes: Of all clients together.
        connects: Handshakes.
        channel_minutes: Of rooms, while somebody is in them.
        users: Of the month; all are online at once.
        days: On which it happens.
    """

    published: float
    delivered: float
    connection_minutes: float = 0.0
    connects: float = 0.0
    channel_minutes: float = 0.0
    users: float = 0.0
    days: float = 30.0


def traffic(load: Load) -> Traffic:
    """Return what of a month goes over a carrier: no heartbeats, which their transports do free."""
    receipts = 0.0 if load.is_quiet else load.delivered * load.receipts
    typing = 0.0 if load.is_quiet else load.messages * load.typing
    rooms = load.users / load.room_size
    return Traffic(
        published=load.messages + receipts + typing + load.presence_changes,
        delivered=load.delivered
        + receipts
        + typing * load.recipients
        + load.presence_changes * load.peers,
        connection_minutes=load.online_s / 60,
        connects=load.connects,
        channel_minutes=rooms * load.days * load.hours * 60,
        users=load.users,
        days=load.days,
    )


def others(seen: Traffic, of: Prices) -> dict[str, float | None]:
    """Return what others list for a month, in USD; None where no published plan is large enough."""
    return {
        "AppSync Events": _appsync(seen, of),
        "Ably": _ably(seen, of),
        "Pusher": _plan(_pusher(seen), of),
        "PubNub": _plan((name for name, users in PUBNUB if users >= seen.users), of),
        "Stream Chat": _plan((name for name, users in STREAM if users >= seen.users), of),
    }


def _appsync(seen: Traffic, of: Prices) -> float:
    operations = seen.published + seen.delivered + seen.connects
    minutes = of["appsync_minute"].of(seen.connection_minutes)
    return of["appsync_operation"].of(operations) + minutes


def _ably(seen: Traffic, of: Prices) -> float:
    # The publisher hears its own message, too, unless it asks not to.
    messages = 2 * seen.published + seen.delivered
    return (
        of["ably_base"].of(1)
        + of["ably_message"].of(messages)
        + of["ably_minute"].of(seen.connection_minutes)
        + of["ably_channel_minute"].of(seen.channel_minutes)
    )


def _pusher(seen: Traffic) -> Iterator[str]:
    a_day = (seen.published + seen.delivered) / seen.days
    return (name for name, most, users in PUSHER if most >= a_day and users >= seen.users)


def _plan(names: Iterator[str], of: Prices) -> float | None:
    name = next(iter(names), None)
    return None if name is None else of[name].of(1)
