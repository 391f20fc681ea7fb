"""What part 3 must show: the guarantees under faults, storms and size. It takes about an hour.

Lines that take long run as processes of their own, so that none of them inherits another's state.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from bench.chaos.report import ZEROS
from bench.checks import Check, Shown
from tests.support.stack import ROOT

CHAOS_ZEROS = (*ZEROS, "foreign", "resets")
ACKED_PCT = 99.9
DEAD_P99_MS = 1_000
MUTANTS_S = 120
LAST_MS = 2_000
OTHERS_P99_MS = 250
STORM_FRAMES = 10
ALL_ATTACKS = {"ATTACKS_ALL": "1", "FUZZ_FRAMES": "20000"}


# --- 1, 2 ---------------------------------------------------------------------------------------


def chaos(minutes: int = 10) -> Shown:
    """Break everything for some minutes under 500 connections."""
    figures = _bench(
        *("chaos", "--minutes", str(minutes), "--connections", "500", "--rate", "50", "--seed", "1")
    )
    dead, zeros = figures["redisDead"], {name: figures[name] for name in CHAOS_ZEROS}
    longest_s = max(figures["longestGhostS"], figures["longestFalseOfflineS"])
    ok = (
        not any(zeros.values())
        and figures["quietAfterS"] is not None
        and longest_s <= figures["healsInS"]
        and (dead["ackedPct"] or 0) >= ACKED_PCT
        and dead["p99Ms"] <= DEAD_P99_MS
    )
    names = (*CHAOS_ZEROS, "acked", "unackedPct", "rawReorderings", "quietAfterS", "seed")
    shown = {name: figures[name] for name in names}
    faults = figures["faults"]
    parts = (
        f"{sum(faults.values())} faults of {len(faults)} kinds",
        json.dumps(shown),
        f"shown wrongly for at most {longest_s} s of {figures['healsInS']}",
        f"Redis dead: {json.dumps(dead)}",
        f"recovery s: {json.dumps(figures['recoverySeconds'])}",
    )
    return Shown(ok, "; ".join(parts))


def short_chaos() -> Shown:
    """The run that is part of `make test`."""
    return _pytest("tests/chaos/test_chaos_run.py")


# --- 3, 4 ---------------------------------------------------------------------------------------


def crashes() -> Shown:
    """Every cell of the crash matrix, and those in which a process is really killed."""
    done = _run([sys.executable, "-m", "bench.crashes"])
    killed = _pytest("tests/chaos/test_crash_processes.py", settings={"CRASH_MATRIX": "all"})
    lines = done.stdout.strip().splitlines() or ["nothing ran"]
    return Shown(
        done.returncode == 0 and killed.ok, f"{lines[-1]}; processes killed: {killed.figure}"
    )


def mutants() -> Shown:
    """Plant bugs and see them found."""
    started = time.monotonic()
    shown = _pytest("tests/mutants", "--numprocesses", "2")
    took_s = time.monotonic() - started
    return Shown(shown.ok and took_s <= MUTANTS_S, f"{shown.figure} ({took_s:.0f} s in all)")


# --- 5 ------------------------------------------------------------------------------------------


def churn() -> Shown:
    """Open and end 20,000 connections, and look for what is left."""
    figures = _bench("churn", "--connections", "20000")
    return Shown(bool(figures["backToBaseline"]), json.dumps(figures))


# --- Fan-out, storms, attacks -------------------------------------------------------------------


def fan_out() -> Shown:
    """One message to 5,000 connections, while others chat."""
    figures = _bench("fanout", "--connections", "5000")
    spreads = [figures["organization"], figures["group"]]
    ok = (
        not any(spread["lost"] for spread in spreads)
        and max(ms for spread in spreads for ms in spread["lastMs"]) <= LAST_MS
        and figures["otherRoomsMs"]["meanwhile"]["p99"] <= OTHERS_P99_MS
    )
    return Shown(ok, json.dumps(figures))


def storm(watched: int) -> Shown:
    """1,000 people of one tenant come back at once."""
    figures = _bench("storm", "--people", "1000", "--watched", str(watched))
    ok = figures["presenceFramesMax"] <= STORM_FRAMES and figures["wrongViews"] == 0
    return Shown(ok, json.dumps(figures))


def attacks() -> Shown:
    """The whole corpora, in every field."""
    return _pytest("tests/attacks", "tests/e2e/test_attacks_wire.py", settings=ALL_ATTACKS)


def fuzz() -> Shown:
    """A million frames in process, 20,000 on the wire."""
    figures = _bench("fuzz", "--frames", "1000000", "--wire", "20000")
    both = [figures["inProcess"], figures["wire"]]
    return Shown(not any(each["problems"] for each in both), json.dumps(figures))


def _bench(*arguments: str) -> dict[str, Any]:
    done = _run([sys.executable, "-m", "bench", *arguments])
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _pytest(*arguments: str, settings: Mapping[str, str] | None = None) -> Shown:
    done = _run([sys.executable, "-m", "pytest", "-q", *arguments], settings)
    figures = [line.strip("= ") for line in done.stdout.splitlines() if " passed" in line]
    return Shown(done.returncode == 0, figures[-1] if figures else "no test ran")


def _run(
    command: list[str], settings: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **(settings or {})}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


CHECKS = (
    Check("1", "chaos for 10 minutes, 500 connections, 50 messages/s", chaos),
    Check("2", "the chaos run of `make test`", short_chaos),
    Check("3", "every operation killed at every boundary", crashes),
    Check("4", "planted bugs", mutants),
    Check("5", "20,000 connections that came and went", churn),
    Check("6a", "a message to 5,000 connections", fan_out),
    Check("6b", "1,000 people come back at once, each watches 50", lambda: storm(50)),
    Check("6c", "1,000 people come back at once, each watches all", lambda: storm(0)),
    Check("6d", "attacks with whole corpora", attacks),
    Check("6e", "frames by grammar and mutation", fuzz),
)
