"""Chromium, and a Parley to show in it, for what is no test: pictures and figures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import expect, sync_playwright

from tests.browser.portals import PATIENCE_MS, Portals
from tests.support.stack import running_stack
from tools import ensure_chromium

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Tests and benchmarks write faster than people.
WITHOUT_LIMITS = {"PARLEY_MESSAGES_PER_10S": "10000", "PARLEY_MESSAGES_PER_MINUTE": "10000"}


@contextmanager
def stage(tenant: str = "acme", settings: Mapping[str, str] = WITHOUT_LIMITS) -> Iterator[Portals]:
    """Start a Parley and a browser, let people in, and make sure that nothing went wrong.

    Args:
        tenant: Of whom everybody is who comes.
        settings: Environment variables of the Parley.

    Raises:
        RuntimeError: There is no Chromium and none could be installed, or a page had an error.
    """
    chromium = ensure_chromium.installed() or ensure_chromium.install()
    if chromium is None:
        raise RuntimeError("There is no Chromium, and none could be installed.")
    expect.set_options(timeout=PATIENCE_MS)
    with running_stack(settings) as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        portals = Portals(browser, stack, tenant)
        yield portals
        portals.close()
        browser.close()
        if portals.troubles.unexpected:
            raise RuntimeError(f"A page had errors: {portals.troubles.unexpected}")
