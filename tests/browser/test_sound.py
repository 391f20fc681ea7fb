"""The sound of a new message: made, not loaded, and only when it is wanted."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser

# Notes what is played, in Hz; audio itself goes its way.
LISTEN = """
window.played = [];
for (const name of ["setValueAtTime", "exponentialRampToValueAtTime"]) {
    const original = AudioParam.prototype[name];
    AudioParam.prototype[name] = function (value, at) {
        // All else is loudness.
        if (value > 1) played.push(value);
        return original.call(this, value, at);
    };
}
"""


@pytest.mark.covers("A-65")
def test_a_message_is_heard_unless_it_is_read_at_once_or_sound_is_off(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    page = portals.page()
    page.add_init_script(LISTEN)
    alice = portals.widget(page).at("/dashboard/#as=alice").show()
    alice.open("Bob")
    bob.write("Seen at once.")
    alice.sees("Seen at once.").to_list()
    assert played(page) == []
    bob.write("Heard.")
    expect(alice.chat("Bob")).to_contain_text("Heard.")
    assert played(page) == [880, 440]
    alice.list.get_by_role("switch", name="Sound").click()
    # Switching it off is no reason to play, and nothing after it is either.
    bob.write("Not heard.")
    expect(alice.chat("Bob")).to_contain_text("Not heard.")
    assert played(page) == [880, 440]


def played(page: Page) -> list[float]:
    """What was played so far: where it begins, and where it goes."""
    found: list[float] = page.evaluate("window.played")
    return found
