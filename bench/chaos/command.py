"""Break everything under a load of real clients, and compare with the truth."""

import argparse
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from bench.chaos.plan import Plan
from bench.chaos.run import chaos_run

# Two cores have other things to do than to beat for 500 people every 5 s; 30 s are as deployed.
MANY = 200
QUIET_HEARTBEAT_S, BUSY_HEARTBEAT_S = 5, 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be asked for."""
    plan = Plan()
    parser.add_argument("--minutes", type=float, help="how long to break things")
    parser.add_argument("--seconds", type=float, help="the same")
    parser.add_argument("--connections", type=int, default=plan.connections)
    parser.add_argument("--rate", type=float, default=plan.rate, help="messages a second")
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--heartbeat", type=int, dest="heartbeat_s", help="seconds")
    parser.add_argument("--pause", type=float, default=plan.pause_s, dest="pause_s")
    parser.add_argument("--verbs", default="", help="only these, such as valkey.kill9,gateway.gone")


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Start Parley, break it as was asked for, and return what came of it."""
    return chaos_run(plan_of(options))


def plan_of(options: Mapping[str, Any]) -> Plan:
    """Return the plan that was asked for."""
    asked = dict(options)
    minutes = asked.pop("minutes", None)
    if asked.get("seconds") is None:
        asked["seconds"] = Plan().seconds if minutes is None else minutes * 60
    if asked.get("heartbeat_s") is None:
        asked["heartbeat_s"] = (
            BUSY_HEARTBEAT_S if asked["connections"] > MANY else QUIET_HEARTBEAT_S
        )
    asked["verbs"] = tuple(name for name in asked.pop("verbs", "").split(",") if name)
    known = {field.name for field in fields(Plan)}
    return replace(Plan(), **{name: value for name, value in asked.items() if name in known})
