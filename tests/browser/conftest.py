"""Chromium, one whole Parley for all tests, and a page that must stay free of errors."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, expect

from tests.browser.demo import Demo
from tests.support.stack import ROOT, Stack, running_stack

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Opener = Callable[[str, str], Demo]
# Upper bound of every wait: generous, since tests share two cores with a whole backend.
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; without one the tests fail, and never skip."""
    command = [sys.executable, "-m", "tools.ensure_chromium"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        pytest.fail((found.stderr.strip() or "no Chromium").splitlines()[-1], pytrace=False)
    return found.stdout.strip()


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], chromium: str
) -> dict[str, Any]:
    """How pytest-playwright starts the browser, always with a fresh profile."""
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running Parley, which does not mind that tests write fast."""
    expect.set_options(timeout=PATIENCE_MS)
    raised = {"PARLEY_MESSAGES_PER_10S": "10000", "PARLEY_MESSAGES_PER_MINUTE": "10000"}
    with running_stack(raised) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """What addresses in tests are relative to."""
    return stack.url


@pytest.fixture
def demo(page: Page) -> Iterator[Opener]:
    """Opens the page with two people, no chat chosen; fails the test on any error in the page.

    That includes violations of the Content-Security-Policy and dialogs, which nothing here opens.
    """
    troubles: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            troubles.append(f"{message.type}: {message.text}")

    def note_dialog(dialog: Dialog) -> None:
        troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", note_console)
    page.on("dialog", note_dialog)
    page.on("pageerror", lambda error: troubles.append(f"exception: {error}"))

    def open_page(left: str, right: str) -> Demo:
        return Demo(page).open(f"#left={left}&right={right}")

    yield open_page
    assert troubles == []
