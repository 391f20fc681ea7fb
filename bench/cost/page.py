"""The tables of docs/cost.md, from what was counted, measured and listed. What is between is prose.

`make schema` writes them anew, `make stale` fails when they are not what follows from the files.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.cost import durations
from bench.cost.bills import Bill
from bench.cost.costs import Books, books, free_of, idle, parts, total, usd, worked
from bench.cost.deployment import MODES, deployment
from bench.cost.load import Load, heartbeats_a_month
from bench.cost.vendors import Traffic, others, traffic

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/cost.md"
MILLION = 1_000_000
EXAMPLE = Load(users=1_000, messages=100_000)
# AWS.md §G: the same million, reckoned before anything was built.
FORESEEN = "1.35 to 1.65"
_BLOCK = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Row = Sequence[object]


def page(root: Path = ROOT) -> str:
    """Return docs/cost.md with its tables written anew.

    Raises:
        KeyError: It asks for a table that there is not.
    """
    text = (root / PAGE).read_text(encoding="utf-8")
    return _BLOCK.sub(lambda found: found[1] + BLOCKS[found[2]](books()) + "\n" + found[3], text)


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table: names to the left, figures to the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, rule, *rows))


def money(amount: float) -> str:
    """Return USD: cents, and more of what is less."""
    return f"{amount:,.2f}" if amount >= 0.1 or amount == 0 else f"{amount:.3f}"


# --- What is counted ----------------------------------------------------------------------------


def _operations(of: Books) -> str:
    head = ("operation", "WS in", "replies", "pushes", "HTTP", "invocations", "DynamoDB", "WRU")
    more = ("RRU", "Redis", "commands", "ECPU", "SQS", "log bytes", "sent bytes", "USD a million")
    return table((*head, *more), (_operation(of, *each) for each in of.bills.items()))


def _operation(of: Books, name: str, bill: Bill) -> Row:
    invoked = " ".join(f"{each}×{n}" if n > 1 else each for each, n in bill.invocations.items())
    websocket = (bill.ws_in, bill.ws_replies, bill.ws_pushed, bill.http, invoked)
    stores = (bill.dynamodb, bill.write_units, bill.read_units)
    redis = (bill.redis, bill.redis_commands, bill.ecpu)
    month = of.month("vpc")
    month.add(name, MILLION)
    paid = sum(usd(month.usage(), of.prices, "vpc").values())
    sizes = (bill.sqs, f"{bill.log_bytes:,}", f"{bill.sent_bytes:,}", money(paid))
    return (name, *websocket, *stores, *redis, *sizes)


def _durations(of: Books) -> str:
    where, found = durations.read()
    start = found[durations.START]
    head = ("operation", "function", "wall ms", "CPU ms")
    rows = (
        (operation, function, each.wall_ms, each.cpu_ms)
        for (operation, function), each in found.items()
        if "message.send (room of" in operation or "heartbeat" in operation
    )
    share = f"{of.cold_share:.0%} of the invocations start a process ({start.wall_ms:.0f} ms)."
    return f"As {where}. {share}\n\n" + table(head, rows)


# --- What it costs ------------------------------------------------------------------------------


def _worked(of: Books) -> str:
    paid, usage = worked("vpc", of)
    rows: list[Row] = [
        (of.prices[name].unit, f"{usage.quantities[name]:,.10g}", money(amount))
        for name, amount in sorted(paid.items(), key=lambda each: -each[1])
    ]
    public = sum(worked("public", of)[0].values())
    rows.append(("**RedisMode vpc**", "", f"**{money(sum(paid.values()))}**"))
    rows.append(("RedisMode public: the same without NAT", "", money(public)))
    rows.append(("foreseen before it was built (AWS.md §G)", "", FORESEEN))
    return table(("what", "how much", "USD"), rows)


def _fixed(of: Books) -> str:
    names = dict.fromkeys(name for mode in MODES for name in deployment(mode).fixed)
    rows: list[Row] = [
        (of.prices[name].unit, *(_fixed_cell(of, mode, name) for mode in MODES)) for name in names
    ]
    fixed = {mode: _fixed_usd(of, mode) for mode in MODES}
    quiet = {mode: sum(idle(mode, of).values()) for mode in MODES}
    rows.append(("schedule, its sweeps, polls of empty queues", *_each(quiet, fixed)))
    rows.append(("**an idle month**", *(f"**{money(quiet[mode])}**" for mode in MODES)))
    spared = (quiet[mode] - free_of(deployment(mode), of.prices) for mode in MODES)
    rows.append(("with alarms, metrics and dashboard in their free tier", *map(money, spared)))
    return table(("a month, USD", *MODES), rows)


def _fixed_usd(of: Books, mode: str) -> float:
    return sum(of.prices[name].of(n) for name, n in deployment(mode).fixed.items())


def _fixed_cell(of: Books, mode: str, name: str) -> str:
    quantity = deployment(mode).fixed.get(name, 0.0)
    return f"{money(of.prices[name].of(quantity))} ({quantity:,.4g})" if quantity else "–"


def _each(more: Mapping[str, float], less: Mapping[str, float]) -> list[str]:
    return [money(more[mode] - less[mode]) for mode in MODES]


def _heartbeats(of: Books) -> str:
    price = of.prices["ws_message"]
    kinds = (
        ("looked at, 8 hours a day, 22 days", 30, 8, 22),
        ("hidden, 8 hours a day, 22 days", 55, 8, 22),
        ("looked at all the time", 30, 24, 30),
        ("hidden all the time", 55, 24, 30),
    )
    rows = []
    for name, interval_s, hours, days in kinds:
        billed = heartbeats_a_month(interval_s, hours, days)
        minutes = of.prices["ws_minute"].of(hours * 60 * days)
        each = (f"{billed:,.0f}", f"{price.of(billed):.3f}", f"{minutes:.4f}")
        rows.append((name, f"{interval_s} s", *each))
    head = ("a person's page", "beats every", "billed messages a month", "USD", "minutes, USD")
    return table(head, rows)


def _month(of: Books) -> str:
    found = {mode: parts(EXAMPLE, mode, of) for mode in MODES}
    rows: list[Row] = [
        (part, *(money(sum(found[mode][part].values())) for mode in MODES)) for part in found["vpc"]
    ]
    sums = {mode: sum(total(each).values()) for mode, each in found.items()}
    rows.append(("**together**", *(f"**{money(sums[mode])}**" for mode in MODES)))
    rows.append(("a person", *(f"{sums[mode] / EXAMPLE.users:.3f}" for mode in MODES)))
    return table((f"{EXAMPLE.users:,.0f} people, USD a month", *MODES), rows)


def _levers(of: Books) -> str:
    changes: Mapping[str, Load] = {
        "as above": EXAMPLE,
        "`HeartbeatIntervalSeconds` 60 (news is found later)": replace(EXAMPLE, beat_s=60.0),
        "nobody's page is ever hidden": replace(EXAMPLE, visible=1.0),
        "each message is acknowledged by each one at once": replace(EXAMPLE, receipts=1.0),
        "nobody is told of receipts and typing": replace(EXAMPLE, receipts=0.0, typing=0.0),
        "tenants of 200, who all see each other": replace(EXAMPLE, tenant_size=200),
        "tenants of 1,000, above `PresenceAllMax`": replace(EXAMPLE, tenant_size=1_000),
        "rooms of 100 (above `QuietRoomMembers`)": replace(EXAMPLE, room_size=100),
        "ten times as many messages": replace(EXAMPLE, messages=1_000_000),
    }
    base = sum(total(parts(EXAMPLE, "vpc", of)).values())
    rows = []
    for name, load in changes.items():
        cost = sum(total(parts(load, "vpc", of)).values())
        rows.append((name, money(cost), f"{cost - base:+,.2f}" if cost != base else ""))
    return table(("what is different", "USD a month", "more or less"), rows)


def _vendors(of: Books) -> str:
    million = Traffic(published=100_000, delivered=900_000)
    ours = sum(worked("vpc", of)[0].values())
    rest, quiet = parts(EXAMPLE, "vpc", of), sum(idle("vpc", of).values())
    month = traffic(EXAMPLE)
    lists = others(million, of.prices), others(month, of.prices)
    rows: list[Row] = [
        ("Parley, RedisMode vpc", money(ours + quiet), money(sum(total(rest).values()))),
        ("Parley, without an idle month", money(ours), money(_running(rest))),
        *((name, *(_listed(each[name]) for each in lists)) for name in lists[0]),
    ]
    head = ("USD a month", "1 million deliveries, nothing else")
    return table((*head, f"{EXAMPLE.users:,.0f} people as above"), rows)


def _running(found: Mapping[str, Mapping[str, float]]) -> float:
    *running, _ = found.values()
    return sum(sum(part.values()) for part in running)


def _listed(amount: float | None) -> str:
    return "no published plan" if amount is None else money(amount)


def _prices(of: Books) -> str:
    rows = (
        (f"`{name}`", each.unit, f"{each.usd:,.10g}", f"{each.per:,.0f}", each.source, each.seen)
        for name, each in of.prices.items()
    )
    return table(("price", "of", "USD", "for", "source", "seen"), rows)


BLOCKS: Mapping[str, Callable[[Books], str]] = {
    "operations": _operations,
    "durations": _durations,
    "worked": _worked,
    "fixed": _fixed,
    "heartbeats": _heartbeats,
    "month": _month,
    "levers": _levers,
    "vendors": _vendors,
    "prices": _prices,
}
