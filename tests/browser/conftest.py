"""Chromium, one whole Parley for all tests, and pages that must stay free of errors."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.portals import PATIENCE_MS, Portals
from tests.browser.stage import FLAGS, WITHOUT_LIMITS
from tests.support.stack import ROOT, Stack, running_stack


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
    with running_stack(WITHOUT_LIMITS) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """What addresses in tests are relative to."""
    return stack.url


@pytest.fixture
def portals(browser: Browser, stack: Stack) -> Iterator[Portals]:
    """Lets people into portals; fails the test on any error in a page that was not expected.

    That includes violations of the Content-Security-Policy and dialogs, which nothing here opens.
    """
    let_in = Portals(browser, stack, tenant=f"tenant-{uuid.uuid4().hex[:12]}")
    yield let_in
    let_in.close()
    assert let_in.troubles.unexpected == []
