"""What people do in a month, as operations. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.cost.bills import Bill
from bench.cost.usage import GB, Month, between, scaled
from parley.bootstrap.services import STREAM_DELAY_S
from parley.settings import Settings

# As the SDK has it (web/sdk/src): a connection's life, and how often it beats unseen.
CONNECTION_LIFE_S = 115 * 60
HIDDEN_BEAT_S = 55
DEFAULTS = Settings()
# A message is told of again by each heartbeat that looks back as far.
LOOK_BACK_S = 2 * DEFAULTS.heartbeat_interval_s + STREAM_DELAY_S
# Rooms that were counted.
SIZES = (2, 10, 100, 1_000)
COUNTED_OTHERS = 9


@dataclass(frozen=True, slots=True)
class Load:
    """A month.

    Attributes:
        users: People, of whom all are online at once.
        messages: That they send together.
        room_size: People in a room, all of them connected.
        hours: A day that somebody is online.
        days: On which.
        visible: Share of that time in which the page is looked at.
        sessions: Times a day that somebody comes and goes.
        aways: Times a day that somebody goes away from the keyboard and comes back.
        tenant_size: People of one tenant, who see each other come and go.
        receipts: Receipts for each message that reaches somebody; one tells of many.
        typing: Times that somebody is said to type, or to have stopped, for each message.
        histories: Pages of history a person and day.
        beat_s: Between heartbeats while somebody looks.
    """

    users: float
    messages: float
    room_size: int = 10
    hours: float = 8.0
    days: float = 22.0
    visible: float = 0.5
    sessions: float = 2.0
    aways: float = 2.0
    tenant_size: int = 50
    receipts: float = 0.5
    typing: float = 2.0
    histories: float = 5.0
    beat_s: float = float(DEFAULTS.heartbeat_interval_s)

    @property
    def person_days(self) -> float:
        """Return the days of all people."""
        return self.users * self.days

    @property
    def online_s(self) -> float:
        """Return for how long all are connected, together."""
        return self.person_days * self.hours * 3_600

    @property
    def connects(self) -> float:
        """Return how often somebody connects: API Gateway ends connections after two hours."""
        by_age = math.ceil(self.hours * 3_600 / CONNECTION_LIFE_S)
        return self.person_days * max(self.sessions, by_age)

    @property
    def beats(self) -> float:
        """Return the heartbeats."""
        return self.online_s * (
            self.visible / self.beat_s + (1 - self.visible) / max(HIDDEN_BEAT_S, self.beat_s)
        )

    @property
    def is_quiet(self) -> bool:
        """Tell whether nobody is told of receipts and typing, as in all larger rooms."""
        return self.room_size > DEFAULTS.quiet_room_members

    @property
    def recipients(self) -> int:
        """Return to how many others a message goes."""
        return self.room_size - 1

    @property
    def delivered(self) -> float:
        """Return the messages as they reach others."""
        return self.messages * self.recipients

    @property
    def presence_changes(self) -> float:
        """Return how often somebody is announced as there, away, back or gone.

        A connection that is replaced before its lease ends is no change.
        """
        return self.person_days * 2 * (self.sessions + self.aways)

    @property
    def peers(self) -> int:
        """Return how many hear of it: in large tenants those who asked, as for a room's people."""
        others = min(self.tenant_size, math.ceil(self.users)) - 1
        return (
            others
            if self.tenant_size <= DEFAULTS.presence_all_max
            else min(others, self.recipients)
        )


def heartbeats_a_month(interval_s: float, hours: float, days: float) -> float:
    """Return the billed messages of one person's heartbeats: each has a reply."""
    return 2 * hours * 3_600 / interval_s * days


def _row(kind: str, size: int) -> str:
    return f"{kind} (direct)" if size == 2 else f"{kind} (room of {size})"


def send_of(bills: Mapping[str, Bill], size: int) -> tuple[str, Bill]:
    """Return the counted row that a send to a room of a size is like, and its bill."""
    place = next((n for n, each in enumerate(SIZES) if each >= size), len(SIZES) - 1)
    low, high = SIZES[max(0, place - 1)], SIZES[max(1, place)]
    lower, upper = bills[_row("message.send", low)], bills[_row("message.send", high)]
    bill = between(lower, upper, (size - low) / (high - low))
    return _row("message.send", low if size == low else high), bill


def add_messages(month: Month, load: Load) -> None:
    """Add what is sent."""
    name, bill = send_of(month.bills, load.room_size)
    month.add(name, load.messages, bill)


def add_people(month: Month, load: Load) -> None:
    """Add what people cost for being there."""
    for name in (
        "POST /ticket",
        "connect (nobody else online)",
        "sync.start (nothing missed)",
        "presence.heartbeat (the first)",
        "disconnect (nobody else online)",
    ):
        month.add(name, load.connects)
    news = min(load.beats, load.delivered * LOOK_BACK_S / load.beat_s)
    month.add("presence.heartbeat (a room changed)", news)
    month.add("presence.heartbeat", load.beats - news)
    month.add("message.history (50 messages)", load.person_days * load.histories)
    month.quantities["ws_minute"] += load.online_s / 60


def add_presence(month: Month, load: Load) -> None:
    """Add announcements: to each peer a push, by what nine more or less cost."""
    pushes = load.presence_changes * load.peers
    month.quantities["ws_message"] += pushes
    for column, price in (("sent_bytes", "transfer_gb"), ("nat_bytes", "nat_gb")):
        if price != "nat_gb" or month.has_nat:
            month.quantities[price] += pushes * announced(month.bills, column) / GB


def announced(bills: Mapping[str, Bill], column: str) -> float:
    """Return what one more peer adds to an announcement."""
    nine, nobody = (bills[f"disconnect ({who} online)"] for who in ("9 others", "nobody else"))
    return float(getattr(nine, column) - getattr(nobody, column)) / COUNTED_OTHERS


def add_receipts(month: Month, load: Load) -> None:
    """Add receipts; in a quiet room nobody is told."""
    quiet = load.is_quiet
    size = 100 if quiet else 10 if load.room_size > 2 else 2
    month.add(_row("receipt.read", size), load.delivered * load.receipts)


def add_typing(month: Month, load: Load) -> None:
    """Add who is said to type; in a quiet room nobody is told."""
    if load.is_quiet:
        month.add("typing.start (room of 100)", load.messages * load.typing)
        return
    name = "typing.start (room of 10)"
    changed = scaled(month.bills[name], load.recipients, COUNTED_OTHERS)
    month.add(name, load.messages * load.typing, changed)


PARTS = {
    "messages": add_messages,
    "people online, their heartbeats and reconnects": add_people,
    "receipts": add_receipts,
    "presence": add_presence,
    "typing": add_typing,
}
