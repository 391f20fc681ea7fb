"""Prices, each with its source and the day it was seen (docs/cost-prices.tsv)."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "cost-prices.tsv"
UNSURE = "UNSURE"


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs.

    Attributes:
        usd: For `per` of it.
        free: How many are free each month (of the account, not of this stack alone).
        unit: What is sold.
        source: Who says so; with ``UNSURE`` where that is weak.
        seen: The day.
    """

    usd: float
    per: float
    free: float
    unit: str
    source: str
    seen: str

    @property
    def is_unsure(self) -> bool:
        """Tell whether the source is weak."""
        return UNSURE in self.source

    def of(self, quantity: float) -> float:
        """Return what so many cost, in USD, with nothing free."""
        return quantity * self.usd / self.per


Prices = Mapping[str, Price]


def read(path: Path = FILE) -> dict[str, Price]:
    """Return all prices by id; of another Region from another file of the same form."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {
            row["id"]: Price(
                usd=float(row["usd"]),
                per=float(row["per"]),
                free=float(row["free"]),
                unit=row["unit"],
                source=row["source"],
                seen=row["seen"],
            )
            for row in rows
        }
