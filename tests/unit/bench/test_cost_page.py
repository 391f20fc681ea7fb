"""docs/cost.md: its tables are what follows from the files, and its prose says the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.cost import costs, durations
from bench.cost.deployment import deployment
from bench.cost.page import BLOCKS, EXAMPLE, money, page, table
from bench.cost.vendors import others, traffic
from tests.support.stack import ROOT

TEXT = (ROOT / "docs/cost.md").read_text(encoding="utf-8")


def test_the_page_is_what_follows_from_the_files() -> None:
    assert page() == TEXT, "run make schema"


def test_every_table_is_on_the_page() -> None:
    assert all(f"<!-- begin {name} -->" in TEXT for name in BLOCKS)


def test_a_table_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/cost.md").write_text("<!-- begin nothing -->\n<!-- end -->\n")
    with pytest.raises(KeyError, match="nothing"):
        page(tmp_path)


def test_the_prose_says_what_was_counted() -> None:
    bills = costs.books().bills
    send, relay = bills["message.send (room of 10)"], bills["of these, relay: a message"]
    assert (send.write_units, relay.write_units) == (5, 1)
    assert "A send writes 5 units to the table" in TEXT
    assert bills["presence.heartbeat"].redis == 3
    assert "their three scripts" in TEXT
    assert bills["sweep (nobody anywhere)"].redis == 2
    assert "the two scripts of each sweep" in TEXT


def test_the_prose_says_what_is_deployed() -> None:
    made = deployment("vpc")
    assert f"{made.sweeps:,} a month" in TEXT
    assert f"{made.polls / 1e6:.1f} million requests to SQS" in TEXT
    share = made.memory_mb / durations.CORE_MB
    assert f"{made.memory_mb} MB has {share:.2f} of a core" in TEXT
    assert f"{1 / share:.1f} times as long" in TEXT


def test_the_prose_says_where_others_are_cheaper() -> None:
    of = costs.books()
    ours = sum(costs.total(costs.parts(EXAMPLE, "vpc", of)).values())
    listed = others(traffic(EXAMPLE), of.prices)
    cheaper = {name for name, usd in listed.items() if usd is not None and usd < ours}
    assert cheaper == {"AppSync Events", "Ably", "Pusher", "PubNub"}
    much = replace(EXAMPLE, users=100, messages=1_000_000)
    ably = others(traffic(much), of.prices)["Ably"]
    assert ably is not None
    assert sum(costs.total(costs.parts(much, "vpc", of)).values()) < ably


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0.00"), (1_234.5, "1,234.50"), (0.1, "0.10"), (0.0078, "0.008")]
)
def test_money_has_cents_and_more_of_what_is_less(amount: float, text: str) -> None:
    assert money(amount) == text


def test_a_table_has_names_left_and_figures_right() -> None:
    assert table(("a", "b"), [("x", 1)]) == "| a | b |\n| --- | ---: |\n| x | 1 |"
