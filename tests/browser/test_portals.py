"""The start page and the three portals."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser


@pytest.mark.covers("A-3", "A-51", "A-52")
def test_first_visit_has_two_people_face_each_other(portals: Portals) -> None:
    page = portals.page()
    page.goto("/")
    left, right = portals.halves(page)
    left.is_connected().write("No click was needed.")
    right.is_connected().sees("No click was needed.").write("None at all.")
    left.sees("No click was needed.", "None at all.")


def test_who_is_picked_is_in_the_address_and_there_after_a_reload(portals: Portals) -> None:
    page = portals.page()
    page.goto("/#left=dashboard:alice&right=dm:bob")
    half = page.get_by_role("region", name="Left")
    half.get_by_label("Person").select_option("root")
    expect(half.get_by_label("Portal")).to_have_value("manage")
    half.get_by_label("Portal").select_option("dm")
    expect(half.get_by_label("Person")).to_have_value("alice")
    half.get_by_label("Person").select_option("carol")
    expect(page).to_have_url("/#left=dm:carol&right=dm:bob")
    page.reload()
    expect(half.get_by_label("Person")).to_have_value("carol")
    frame = page.frame_locator("iframe[title='Carol in Courier']")
    expect(frame.locator("[data-who]")).to_have_text("Carol")
    for chat in portals.halves(page):
        chat.is_connected()


@pytest.mark.covers("A-4", "A-5", "A-6", "A-41")
def test_three_portals_chat_with_each_other(portals: Portals) -> None:
    # People of all tenants are there for the other tests' sake.
    name = f"Alice {portals.tenant}"
    portals.claims["alice"] = {"name": name}
    alice = portals.enter("alice", "dashboard").show()
    bob = portals.enter("bob", "dm")
    root = portals.enter("root", "manage").show()
    root.open(name).write("Hello from above.")
    expect(alice.chat("Root")).to_contain_text("1 unread")
    alice.open("Root").sees("Hello from above.").write("Hello from below.")
    root.sees("Hello from above.", "Hello from below.")
    bob.open(name).write("And from the side.")
    alice.to_list().open("Bob").sees("And from the side.")


@pytest.mark.covers("A-41")
@pytest.mark.parametrize(
    ("portal", "user_id"), [("dashboard", "alice"), ("dm", "alice"), ("manage", "root")]
)
def test_the_portals_own_cookie_is_enough_to_sign_in(
    portals: Portals, portal: str, user_id: str
) -> None:
    somebody = portals.enter(user_id, portal, login="cookie")
    names = {cookie["name"] for cookie in somebody.page.context.cookies()}
    assert names == {f"{portal}_access_token"}
    expect(somebody.page.locator("[data-who]")).to_have_text(user_id.capitalize())


def test_two_portals_chat_by_cookies(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice", login="cookie")
    alice = portals.enter("alice", "dashboard", "bob", login="cookie")
    alice.write("Who am I?")
    bob.sees("Who am I?").write("The cookie says Alice.")
    alice.sees("The cookie says Alice.")
