"""How fast it is, with ten times the bounds of the issue: machines that test are busy ones.

`make show PART=4` measures against the bounds themselves.
"""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import speed
from tests.browser.portals import Portals

pytestmark = pytest.mark.browser

GENEROSITY = 10


@pytest.mark.covers("B-85", "B-86", "C-13")
def test_a_message_is_on_the_other_screen_soon_after_enter(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob")
    alice.write("Warm up.")
    bob.sees("Warm up.")
    took_ms = speed.latency_ms(alice, bob, runs=10)
    sys.stdout.write(f"\nfrom Enter to the other screen: {took_ms:.0f} ms, median of 10\n")
    assert 0 < took_ms <= GENEROSITY * speed.LATENCY_MS


@pytest.mark.covers("B-84", "B-87")
def test_a_thousand_messages_open_fast_and_need_little_memory(bench: Page) -> None:
    figures = speed.conversation(bench)
    sys.stdout.write(f"\n{figures}\n")
    assert figures.open_ms <= GENEROSITY * speed.OPEN_MS
    assert figures.append_ms <= GENEROSITY * speed.APPEND_MS
    assert figures.heap_mb <= speed.HEAP_MB
    assert figures.jump_px == 0


@pytest.fixture
def bench(portals: Portals, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page with a conversation that has no server."""
    yield speed.bench_page(portals.page(), tmp_path_factory.mktemp("bench"))
