"""What a chaos run publishes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.check import Verdict
from bench.chaos.crowd import Crowd
from bench.chaos.ledger import Ledger, Offer
from bench.chaos.person import Seen
from bench.chaos.plan import Plan
from bench.chaos.watch import Watch
from bench.load import percentiles

ZEROS = (
    "lost",
    "duplicatesStored",
    "holes",
    "outOfOrder",
    "shownTwice",
    "notShown",
    "outdated",
    "invented",
    "altered",
    "cursorsWrong",
    "ghosts",
    "falseOffline",
)


@dataclass(slots=True)
class Windows:
    """When Redis was dead."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def add(self, began: float, ended: float) -> None:
        """Note a time."""
        self.spans.append((began, ended))

    def offers_within(self, ledger: Ledger) -> list[Offer]:
        """Return what was due while Redis was dead."""
        return [
            offer
            for offer in ledger.offers.values()
            if any(began <= offer.due < ended for began, ended in self.spans)
        ]

    def report(self, ledger: Ledger) -> dict[str, Any]:
        """Return how sends fared: acked counts those whose first answer was positive."""
        offers = self.offers_within(ledger)
        acked = [o for o in offers if o.acked is not None and not o.refusals]
        times_ms = [1000 * (o.acked - o.due) for o in acked if o.acked is not None]
        return {
            "windows": len(self.spans),
            "seconds": round(sum(ended - began for began, ended in self.spans), 1),
            "offered": len(offers),
            "acked": len(acked),
            "ackedPct": round(100 * len(acked) / len(offers), 3) if offers else None,
            "degraded": sum(offer.degraded for offer in acked),
            "p99Ms": percentiles(times_ms)["p99"],
        }


@dataclass(slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        faults: Those that were begun.
        begun_s: How long it took until everything was right before anything was broken.
        ghosts: How many were shown when some had vanished at the end.
        quiet_s: How long it took then until everything was right; None if it never was.
    """

    plan: Plan
    ledger: Ledger
    seen: Seen
    crowd: Crowd
    watch: Watch
    faults: list[str] = field(default_factory=list)
    windows: Windows = field(default_factory=Windows)
    verdict: Verdict = field(default_factory=Verdict)
    begun_s: float | None = None
    ghosts: int = 0
    quiet_s: float | None = None


def report(
    outcome: Outcome, dead_letters: Mapping[str, int], versions: Mapping[str, str]
) -> dict[str, Any]:
    """Return the figures under their published names."""
    return {
        **_sent(outcome),
        **_checked(outcome),
        **_recovered(outcome),
        "deadLetters": dict(dead_letters),
        "faults": dict(sorted(Counter(outcome.faults).items())),
        "refused": dict(outcome.ledger.counts),
        "seen": dict(sorted(outcome.seen.counts.items())),
        "byes": dict(outcome.seen.byes),
        "seed": outcome.plan.seed,
        "versions": dict(versions),
    }


def _sent(outcome: Outcome) -> dict[str, Any]:
    plan, offers = outcome.plan, outcome.ledger.offers.values()
    times_ms = [1000 * (offer.acked - offer.due) for offer in offers if offer.acked is not None]
    pending = sum(offer.is_pending for offer in offers)
    return {
        "connections": plan.connections,
        "rate": plan.rate,
        "seconds": plan.seconds,
        "offered": len(offers),
        "acked": len(times_ms),
        "unackedPct": round(100 * pending / max(1, len(offers)), 4),
        "refusedForGood": sum(offer.is_final for offer in offers),
        "ackMs": percentiles(times_ms),
        "redisDead": outcome.windows.report(outcome.ledger),
    }


def _checked(outcome: Outcome) -> dict[str, Any]:
    verdict, seen = outcome.verdict, outcome.seen
    views = [view for device in outcome.crowd.devices for view in device.rooms.values()]
    return {
        **{name: verdict.counts[name] for name in ZEROS},
        "foreign": len(seen.foreign),
        "resets": seen.counts["resets"],
        "rawReorderings": sum(view.raw_reorderings for view in views),
        "repeatsDropped": sum(view.repeats for view in views),
        "examples": [*verdict.examples, *(f"foreign: {text}" for text in seen.foreign[:5])],
    }


def _recovered(outcome: Outcome) -> dict[str, Any]:
    watch = outcome.watch
    return {
        "quietBeforeS": outcome.begun_s,
        "ghostsBeforeCalm": outcome.ghosts,
        "quietAfterS": outcome.quiet_s,
        "healsInS": outcome.plan.heals_in_s,
        "longestGhostS": watch.longest_s[True],
        "longestFalseOfflineS": watch.longest_s[False],
        "recoverySeconds": {
            verb: max(took_s or 0.0 for took_s in all_s)
            for verb, all_s in sorted(watch.recovery_s.items())
        },
        "unrecovered": sorted(verb for verb, all_s in watch.recovery_s.items() if None in all_s),
    }
