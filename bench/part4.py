"""What part 4 must show: the client, the widget and the portals, with the figures of the issue.

Each function gives whether it passed, and its figures in a line.
"""

import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench import sizes
from bench.checks import Check, Shown
from tests.browser import speed
from tests.browser.stage import FLAGS, stage
from tests.support.stack import ROOT
from tools import ensure_chromium


def browser_tests() -> Shown:
    """Run the tests in Chromium."""
    return _pytest("tests/browser")


def packages() -> Shown:
    """Pack the three packages, look them over with publint, and build the examples."""
    return _pytest("tests/web/test_packages.py")


def unit_tests(package: str) -> Shown:
    """Run the vitest tests of a package."""
    done = _run("-m", "tools.web", "run", "vitest", "run", f"web/{package}/")
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    found = re.search(r"Tests +(.+)", text)
    return Shown(done.returncode == 0, found[1].strip() if found else "no test ran")


def screenshots() -> Shown:
    """Take the pictures of the documents anew, into a folder that goes away."""
    kept = sorted(path.name for path in (ROOT / "docs/img").glob("*.png"))
    with tempfile.TemporaryDirectory() as folder:
        done = _run("-m", "tools.screenshots", "--into", folder)
        taken = sorted(path.name for path in Path(folder).glob("*.png"))
    is_same = done.returncode == 0 and taken == kept
    return Shown(is_same and bool(kept), f"{len(taken)} taken, {len(kept)} in docs/img")


def table() -> Shown:
    """Measure ours beside others, and compare with what the README says."""
    found = sizes.run({"folder": None})["sizes"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [line["package"] for line in found if f"| {line['gzip_kb']:.1f} |" not in readme]
    told = ", ".join(f"{line['package']} {line['gzip_kb']:.1f}" for line in found)
    return Shown(not missing, f"gzip KB: {told}; not so in the README: {missing or 'none'}")


def loader_size() -> Shown:
    """The button that a script tag brings at once."""
    _, gzip_kb = sizes.sizes([sizes.LOADER])
    return Shown(gzip_kb <= sizes.LOADER_KB, f"{gzip_kb:.1f} KB gzip (at most {sizes.LOADER_KB})")


def chat_size() -> Shown:
    """All that is loaded until somebody chats."""
    _, gzip_kb = sizes.sizes(sizes.needed_to_chat())
    return Shown(gzip_kb <= sizes.CHAT_KB, f"{gzip_kb:.1f} KB gzip (at most {sizes.CHAT_KB})")


@cache
def conversation() -> speed.Figures:
    """Measure a conversation of 1,000 messages."""
    # Asked before: it may look by Playwright itself.
    chromium = ensure_chromium.installed()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 360, "height": 520})
        found = speed.conversation(speed.bench_page(page, Path(folder)), runs=5)
        browser.close()
    return found


def latency() -> Shown:
    """From Enter to the other one's screen."""
    with stage("speed") as portals:
        bob = portals.enter("bob", "dm", "alice")
        alice = portals.enter("alice", "dm", "bob")
        alice.write("Warm up.")
        bob.sees("Warm up.")
        median_ms = speed.latency_ms(alice, bob)
    return Shown(
        median_ms < speed.LATENCY_MS,
        f"median of {speed.RUNS}: {median_ms:.0f} ms (below {speed.LATENCY_MS})",
    )


def _figure(value: float, limit: float, unit: str) -> Shown:
    return Shown(value <= limit, f"{value:.1f} {unit} (at most {limit})")


def _pytest(*arguments: str) -> Shown:
    done = _run("-m", "pytest", "-q", *arguments)
    figures = [line.strip("= ") for line in done.stdout.splitlines() if " passed" in line]
    return Shown(done.returncode == 0, figures[-1] if figures else "no test passed")


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


CHECKS = (
    Check("1a", "portals, people and the widget in Chromium, all tests", browser_tests),
    Check("1b", "screenshots of each state", screenshots),
    Check("2a", "the SDK with a fake server and a fake clock", lambda: unit_tests("sdk")),
    Check("2b", "the widget's rules", lambda: unit_tests("widget")),
    Check("2c", "the hooks of React", lambda: unit_tests("react")),
    Check("3", "packages as published, and the examples", packages),
    Check("4", "sizes beside others, as in the README", table),
    Check("5a", "the loader", loader_size),
    Check("5b", "everything needed to chat, emoji apart", chat_size),
    Check(
        "5c",
        "a room of 1,000 messages opens",
        lambda: _figure(conversation().open_ms, speed.OPEN_MS, "ms"),
    ),
    Check(
        "5d",
        "100 messages appended one by one",
        lambda: _figure(conversation().append_ms, speed.APPEND_MS, "ms"),
    ),
    Check(
        "5e",
        "JavaScript heap with 1,000 messages",
        lambda: _figure(conversation().heap_mb, speed.HEAP_MB, "MB"),
    ),
    Check(
        "5f",
        "how far one is moved when older messages come",
        lambda: _figure(conversation().jump_px, 0, "px"),
    ),
    Check("5g", "from Enter to the other screen", latency),
)
