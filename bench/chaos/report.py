"""What a chaos run publishes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.check import Verdict
from bench.chaos.client import Seen
from bench.chaos.crowd import Crowd
from bench.chaos.ledger import Ledger, Offer
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


def report(
    *,
    plan: Plan,
    ledger: Ledger,
    seen: Seen,
    crowd: Crowd,
    watch: Watch,
    windows: Windows,
    verdict: Verdict,
    begun_s: float | None,
    ghosts_at_first: int,
    quiet_s: float | None,
    faults: Sequence[str],
    dead_letters: Mapping[str, int],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """Return the figures under their published names."""
    offers = ledger.offers.values()
    acked = [offer for offer in offers if offer.acked is not None]
    pending = sum(offer.is_pending for offer in offers)
    times_ms = [1000 * (offer.acked - offer.due) for offer in acked if offer.acked is not None]
    views = [view for device in crowd.devices for view in device.rooms.values()]
    return {
        "connections": len(crowd.devices),
        "rate": plan.rate,
        "seconds": plan.seconds,
        "offered": len(offers),
        "acked": len(acked),
        **{name: verdict.counts[name] for name in ZEROS},
        "foreign": len(seen.foreign),
        "resets": seen.counts["resets"],
        "unackedPct": round(100 * pending / max(1, len(offers)), 4),
        "refusedForGood": sum(offer.is_final for offer in offers),
        "ackMs": percentiles(times_ms),
        "quietBeforeS": begun_s,
        "longestGhostS": watch.longest_s[True],
        "longestFalseOfflineS": watch.longest_s[False],
        "ghostsBeforeCalm": ghosts_at_first,
        "quietAfterS": quiet_s,
        "recoverySeconds": recovery_of(watch),
        "unrecovered": sorted(verb for verb, all_s in watch.recovery_s.items() if None in all_s),
        "redisDead": windows.report(ledger),
        "rawReorderings": sum(view.raw_reorderings for view in views),
        "repeatsDropped": sum(view.repeats for view in views),
        "deadLetters": dict(dead_letters),
        "faults": dict(sorted(Counter(faults).items())),
        "refused": dict(ledger.counts),
        "seen": dict(sorted(seen.counts.items())),
        "byes": dict(seen.byes),
        "examples": [*verdict.examples, *(f"foreign: {text}" for text in seen.foreign[:5])],
        "seed": plan.seed,
        "versions": dict(versions),
    }


def recovery_of(watch: Watch) -> dict[str, float]:
    """Return the longest recovery after each verb, of those that were seen to end."""
    longest: defaultdict[str, float] = defaultdict(float)
    for verb, all_s in watch.recovery_s.items():
        for took_s in all_s:
            longest[verb] = max(longest[verb], took_s or 0.0)
    return dict(sorted(longest.items()))
