"""A month in USD: what is used, by what it costs. Pure, but for reading the files once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bench.cost import bills, durations, prices
from bench.cost.bills import Bill
from bench.cost.deployment import Deployment, deployment
from bench.cost.load import PARTS, Load
from bench.cost.prices import Price, Prices
from bench.cost.usage import Functions, Month, Usage

IDLE_SWEEP = "sweep (nobody anywhere)"
WS_STEP = 1_000_000_000
# What one million delivered messages in rooms of ten are: nine pushes, and the reply to the sender.
WORKED = Load(users=0, messages=100_000, room_size=10)


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a calculation reads."""

    bills: Mapping[str, Bill]
    durations: Mapping[durations.Key, durations.Duration]
    prices: Prices
    cold_share: float = 0.01

    def month(self, mode: str) -> Month:
        """Return an empty month in a mode of Redis."""
        made = deployment(mode)
        functions = Functions(
            self.durations, made.memory_mb, made.platform_log_bytes, self.cold_share
        )
        return Month(self.bills, functions, made.has_nat)


@cache
def books() -> Books:
    """Return what the files in docs/ say."""
    _, measured = durations.read()
    return Books(bills.read(), measured, prices.read())


def usd(usage: Usage, of: Prices, mode: str) -> dict[str, float]:
    """Return what is paid, by the id of the price; nothing of it is free."""
    paid = {name: of[name].of(quantity) for name, quantity in usage.quantities.items()}
    messages = usage.quantities.get("ws_message", 0.0)
    if messages > WS_STEP:
        step = of["ws_message"].of(WS_STEP)
        paid["ws_message"] = step + of["ws_message_high"].of(messages - WS_STEP)
    if mode == "external":
        # Whoever sells Redis by the command counts scripts; by what else, their bill says.
        paid.pop("ecpu", None)
        paid["upstash_command"] = of["upstash_command"].of(usage.redis)
    return paid


def parts(load: Load, mode: str, books: Books) -> dict[str, dict[str, float]]:
    """Return what each part of a month costs, by the id of the price."""
    found: dict[str, dict[str, float]] = {}
    for name, add in PARTS.items():
        month = books.month(mode)
        add(month, load)
        found[name] = usd(month.usage(), books.prices, mode)
    found["what is there when nobody is"] = idle(mode, books)
    return found


def idle(mode: str, books: Books) -> dict[str, float]:
    """Return what a month costs in which nobody comes."""
    made, month = deployment(mode), books.month(mode)
    month.add(IDLE_SWEEP, made.sweeps)
    month.quantities["schedule"] += made.sweeps
    month.quantities["sqs_request"] += made.polls
    for name, quantity in made.fixed.items():
        month.quantities[name] += quantity
    return usd(month.usage(), books.prices, mode)


def worked(mode: str, books: Books) -> tuple[dict[str, float], Usage]:
    """Return what is paid for 100,000 sends to rooms of 10, and what they use."""
    month = books.month(mode)
    PARTS["messages"](month, WORKED)
    usage = month.usage()
    return usd(usage, books.prices, mode), usage


def total(paid: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the parts of a month together, by the id of the price."""
    names = dict.fromkeys(name for part in paid.values() for name in part)
    return {name: sum(part.get(name, 0.0) for part in paid.values()) for name in names}


def free_of(deployed: Deployment, of: Mapping[str, Price]) -> float:
    """Return what the free tiers take off what is fixed, in an account that has nothing else."""
    pairs = ((of[name], quantity) for name, quantity in deployed.fixed.items())
    return sum(price.of(min(quantity, price.free)) for price, quantity in pairs)
