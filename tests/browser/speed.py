"""How fast it is: for tests, with generous bounds, and for `make show`, with those of the issue."""

import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.stage import stage
from tests.browser.widget import Widget
from tests.support.stack import ROOT

RUNS = 50
# What the issue asks for on this machine.
LATENCY_MS, OPEN_MS, APPEND_MS, HEAP_MB = 100, 150, 250, 15

BENCH = "http://localhost/"

# Both pages run on one machine, so that their clocks agree.
_NOTE_ENTER = """() => addEventListener("keydown", ({ key }) => {
    if (key === "Enter") window.enteredAt = performance.timeOrigin + performance.now();
}, { capture: true })"""
_SHOWN_AT = """(log, text) => new Promise((resolve) => {
    const look = () => {
        if (!log.textContent.includes(text)) return false;
        observer.disconnect();
        // The frame after this one is the first that shows it.
        requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
        return true;
    };
    const observer = new MutationObserver(look);
    if (!look()) observer.observe(log, { subtree: true, childList: true, characterData: true });
})"""


def latency_ms(sender: Widget, receiver: Widget, runs: int = RUNS) -> float:
    """Return the median time from Enter to the frame that shows the message to the other one.

    Args:
        sender: Somebody whose conversation with the other one is open.
        receiver: The other one, who has it open too.
        runs: How many messages are measured.
    """
    sender.page.evaluate(_NOTE_ENTER)
    return statistics.median(_one(sender, receiver, f"Speed {run:03}") for run in range(runs))


def measured_latency_ms() -> float:
    """Measure `latency_ms` in a Parley and a browser of its own."""
    with stage() as portals:
        bob = portals.enter("bob", "dm", "alice")
        alice = portals.enter("alice", "dm", "bob").write("Warm up.")
        bob.sees("Warm up.")
        return latency_ms(alice, bob)


def _one(sender: Widget, receiver: Widget, text: str) -> float:
    log = receiver.log.element_handle()
    sender.composer.fill(text)
    # Begun before the message is sent, and awaited after: the page keeps the promise.
    watched = receiver.page.evaluate_handle(
        f"([log, text]) => ({{ at: ({_SHOWN_AT})(log, text) }})", [log, text]
    )
    sender.composer.press("Enter")
    shown_at = float(watched.evaluate("({ at }) => at"))
    return shown_at - float(sender.page.evaluate("window.enteredAt"))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a conversation of 1,000 messages costs.

    Attributes:
        open_ms: Until it is painted.
        append_ms: Of 100 more, one by one.
        heap_mb: JavaScript's memory, with the page and the messages themselves.
        jump_px: How far what is read moves when older messages come.
    """

    open_ms: float
    append_ms: float
    heap_mb: float
    jump_px: float


def bench_page(page: Page, folder: Path) -> Page:
    """Build the page with a conversation that has no server, and open it."""
    command = [sys.executable, "-m", "tools.web", "run", "vite", "build", "web/widget/bench"]
    options = ["--outDir", str(folder), "--emptyOutDir"]
    subprocess.run([*command, *options], cwd=ROOT, capture_output=True, check=True)
    page.route(f"{BENCH}**", lambda route: route.fulfill(path=_file(folder, route.request.url)))
    page.goto(BENCH)
    return page


def conversation(page: Page, runs: int = 3) -> Figures:
    """Measure on the page of `bench_page`; of times the median."""
    all_measured = [page.evaluate("bench.measure()") for _ in range(runs)]
    page.evaluate("bench.show({ type: 'group', count: 1000, page: 1000 })")
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    heap = client.send("Runtime.getHeapUsage")["usedSize"]
    return Figures(
        open_ms=statistics.median(each["openMs"] for each in all_measured),
        append_ms=statistics.median(each["appendMs"] for each in all_measured),
        heap_mb=heap / 1e6,
        jump_px=max(each["prependJumpPx"] for each in all_measured),
    )


def measured_conversation() -> Figures:
    """Measure `conversation` in a browser of its own."""
    with stage() as portals, tempfile.TemporaryDirectory() as folder:
        return conversation(bench_page(portals.page(), Path(folder)))


def _file(folder: Path, url: str) -> Path:
    return folder / (url.removeprefix(BENCH) or "index.html")
