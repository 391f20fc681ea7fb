"""`python -m bench cost --users 1000 --messages 100000`: a month of Parley on AWS, in USD.

From what each operation was counted to use (docs/cost-operations.tsv), what functions were measured
to take (docs/cost-durations.tsv), and the prices in docs/cost-prices.tsv or a file like it.
"""

import argparse
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from bench.cost import bills, costs, durations, prices, vendors
from bench.cost.costs import Books
from bench.cost.deployment import MODES
from bench.cost.load import Load
from bench.cost.page import money

HELP = {
    "users": "people, all online at the same hours",
    "messages": "messages that they send in a month, together",
    "room_size": "people in a room",
    "hours": "hours a day that somebody is online",
    "days": "days a month",
    "visible": "share of that time in which the page is looked at",
    "sessions": "times a day that somebody comes and goes",
    "aways": "times a day that somebody is away for a while",
    "tenant_size": "people who see each other come and go",
    "receipts": "receipts for each message that reaches somebody",
    "typing": "typing events for each message",
    "histories": "pages of history a person and day",
    "beat_s": "seconds between heartbeats while somebody looks",
}
FLAGS = {"room_size": "rooms-of", "hours": "hours-online", "tenant_size": "tenants-of"}
REQUIRED = {"users": 1_000.0, "messages": 100_000.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    for each in fields(Load):
        default = REQUIRED.get(each.name, each.default)
        flag = FLAGS.get(each.name, each.name.replace("_", "-"))
        told = f"{HELP[each.name]} (default: %(default)s)"
        parser.add_argument(
            f"--{flag}", dest=each.name, type=type(default), default=default, help=told
        )
    parser.add_argument("--mode", choices=MODES, default="vpc", help="where Redis is")
    parser.add_argument(
        "--cold-share", type=float, default=0.01, help="invocations that start cold"
    )
    parser.add_argument("--prices", type=Path, default=prices.FILE, help="prices of another Region")


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Print a month's table, and return it."""
    load = Load(**{each.name: options[each.name] for each in fields(Load)})
    _, measured = durations.read()
    of = Books(bills.read(), measured, prices.read(options["prices"]), options["cold_share"])
    paid = costs.parts(load, options["mode"], of)
    listed = vendors.others(vendors.traffic(load), of.prices)
    _print(paid, listed)
    return {
        "mode": options["mode"],
        "load": {each.name: options[each.name] for each in fields(Load)},
        "usdByPart": {name: _rounded(part) for name, part in paid.items()},
        "usd": round(sum(costs.total(paid).values()), 2),
        "others": listed,
        "unsure": [name for name in costs.total(paid) if of.prices[name].is_unsure],
    }


def _print(paid: Mapping[str, Mapping[str, float]], listed: Mapping[str, float | None]) -> None:
    for name, part in paid.items():
        print(f"{name:<50} {money(sum(part.values())):>12}")
        for price, amount in sorted(part.items(), key=lambda each: -each[1]):
            if amount >= 0.005:
                print(f"  {price:<48} {money(amount):>12}")
    print(f"{'together, USD a month':<50} {money(sum(costs.total(paid).values())):>12}")
    for name, price_listed in listed.items():
        told = "no published plan" if price_listed is None else money(price_listed)
        print(f"{name + ', list price for the same events':<50} {told:>12}")


def _rounded(part: Mapping[str, float]) -> dict[str, float]:
    return {name: round(amount, 4) for name, amount in part.items()}
