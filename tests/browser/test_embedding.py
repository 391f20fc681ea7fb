"""Pages that embed the chat: by a script tag, and with React."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from bench import sizes
from tests.browser.portals import Held, Portals
from tests.support.stack import ROOT

pytestmark = pytest.mark.browser

SCRIPT_TAG = "/examples/script-tag/"
REACT = "/examples/react-vite/dist/"


@pytest.mark.covers("B-77", "B-99", "B-100")
def test_the_button_is_there_before_the_chat_which_is_loaded_upon_a_click(
    portals: Portals,
) -> None:
    page = portals.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held = Held(page, "**/widget/app.js")
    page.goto(SCRIPT_TAG)
    chat = portals.widget(page)
    expect(chat.launcher).to_be_visible()
    assert [url for url in asked if "/v1" in url or "/api/" in url] == []
    chat.launcher.click()
    expect(chat.panel).to_have_count(0)
    held.release()
    expect(chat.panel).to_be_visible()
    chat.is_connected()
    assert [url for url in asked if "emoji" in url] == []


def test_nothing_but_what_is_counted_is_needed_to_chat(portals: Portals) -> None:
    counted = {path.name for path in sizes.needed_to_chat()}
    page = portals.page()
    page.route(
        re.compile(r"/widget/[^/]+\.js$"),
        lambda route: (
            route.continue_() if route.request.url.rpartition("/")[2] in counted else route.abort()
        ),
    )
    portals.troubles.expect("ERR_FAILED|could not be loaded|dynamically imported module")
    bob = portals.enter("bob", "dm")
    page.goto(SCRIPT_TAG)
    alice = portals.widget(page).show().is_connected()
    alice.open("Bob").write("Only the least of it.")
    bob.open("Alice").sees("Only the least of it.").write("It is enough.")
    alice.sees("It is enough.")
    expect(alice.tick("Only the least of it.")).to_have_text("Read")


def test_what_the_page_pushed_before_there_was_a_chat_is_done(portals: Portals) -> None:
    page = portals.page()
    bob = portals.enter("bob", "dm", "alice")
    page.goto(SCRIPT_TAG)
    page.get_by_role("button", name="Ask Bob").click()
    alice = portals.widget(page)
    expect(alice.composer).to_be_visible()
    alice.write("Is the script tag enough?")
    bob.sees("Is the script tag enough?")
    alice.launcher.click()
    bob.write("It is.")
    expect(page.locator("#unread")).to_have_text("1 unread")


@pytest.mark.covers("A-45", "B-56", "B-66", "B-67", "C-53", "C-61")
def test_react_shows_the_chat_and_what_hooks_tell(portals: Portals, react_app: str) -> None:
    page = portals.page()
    opened = portals.sockets(page.context)
    bob = portals.enter("bob", "dm", "alice")
    page.goto(react_app)
    expect(page.get_by_role("heading", name="Bob is online")).to_be_visible()
    expect(page.get_by_text("Alice is connected, 0 unread")).to_be_visible()
    page.get_by_role("button", name="Say hello").click()
    bob.sees("Hello from React").composer.press_sequentially("Hi")
    expect(page.get_by_text("Bob is typing…")).to_be_visible()
    bob.composer.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="Bob: Hi")).to_have_count(1)
    alice = portals.widget(page)
    expect(alice.launcher).to_have_accessible_name("Chat, 1 unread")
    alice.show().open("Bob").sees("Hello from React", "Hi")
    expect(page.get_by_text("Alice is connected, 0 unread")).to_be_visible()
    # Strict mode mounts everything twice; one client is shared by the hooks and the chat.
    assert len(opened) == 1


@pytest.fixture(scope="session")
def react_app() -> str:
    """Where the example with React is served, which is built before."""
    command = [sys.executable, "-m", "tools.web", "run", "vite", "build", "examples/react-vite"]
    done = subprocess.run(
        [*command, "--base", REACT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return REACT


@pytest.mark.scenario("S8")
def test_a_host_page_neither_finds_the_token_kept_nor_reaches_the_chat_with_its_styles(
    portals: Portals,
) -> None:
    portals.enter("bob")
    alice = portals.enter("alice", "dm", "bob")
    alice.page.evaluate(HOSTILE_STYLE)
    alice.write("Can you see me?").sees("Can you see me?")
    expect(alice.message("Can you see me?")).to_be_in_viewport()
    assert alice.bubble("Can you see me?").evaluate("e => getComputedStyle(e).color") != RED
    kept = alice.page.evaluate(KEPT)
    # A token has three parts that begin like this one; none may be anywhere a script can read.
    assert "eyJ" not in kept
    assert "outbox" in kept


# Applies to everything in the document, and to nothing in shadow roots.
HOSTILE_STYLE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { color: red !important; font-size: 1px !important; }");
    document.adoptedStyleSheets = [sheet];
}"""
RED = "rgb(255, 0, 0)"
KEPT = """async () => {
    const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve) => {
            indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result);
        });
        for (const store of database.objectStoreNames) {
            const rows = database.transaction(store).objectStore(store);
            for (const asked of [rows.getAllKeys(), rows.getAll()]) {
                await new Promise((resolve) => { asked.onsuccess = resolve; });
                kept.push(JSON.stringify(asked.result));
            }
        }
    }
    return kept.join();
}"""
