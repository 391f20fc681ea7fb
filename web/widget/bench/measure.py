"""Measure a conversation of 1,000 messages in Chromium, and print the figures.

    python -m tools.web run vite build web/widget/bench --outDir <folder>
    PYTHONPATH=. python web/widget/bench/measure.py <folder>

Each figure is the best of several runs, since the machine does other things too.
"""

import functools
import http.server
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from typing_extensions import override

from tools import ensure_chromium

RUNS = 5
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; require-trusted-types-for 'script'"
)
# What is promised (issue 5): milliseconds, megabytes, pixels.
LIMITS = {"openMs": 150, "appendMs": 250, "heapMb": 15, "prependJumpPx": 0, "endGapPx": 1}


class StrictHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files under the policy that the widget promises to live with."""

    @override
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port."""
    handler = functools.partial(StrictHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()


def measure(page: Page) -> dict[str, float]:
    """Run the page's measures once; the heap is that of 1,000 messages beside an empty page."""
    session = page.context.new_cdp_session(page)

    def heap_bytes() -> int:
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Runtime.getHeapUsage")["usedSize"])

    page.evaluate("document.querySelector('main').replaceChildren()")
    empty = heap_bytes()
    page.evaluate("window.shown = bench.show({type: 'group', count: 1000, page: 1000})")
    page.wait_for_timeout(500)
    heap_mb = (heap_bytes() - empty) / 1e6
    page.evaluate("window.shown = null")
    return {**page.evaluate("bench.measure()"), "heapMb": heap_mb}


def best_of(runs: list[dict[str, float]]) -> dict[str, float]:
    """Take the least of each time, and the most of what must not happen once."""
    best: dict[str, float] = {}
    for name in runs[0]:
        pick = min if name.endswith("Ms") else max
        best[name] = round(pick(run[name] for run in runs), 2)
    return best


def figures(folder: Path) -> dict[str, float]:
    """Measure the built page in `folder`; `troubles` counts errors and policy violations."""
    troubles: list[str] = []
    chromium = ensure_chromium.installed()
    with served(folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 360, "height": 520})
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda line: troubles.append(line.text) if line.type == "error" else None
        )
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(url)
        page.wait_for_function("'bench' in window")
        runs = [measure(page) for _ in range(RUNS)]
        browser.close()
    for trouble in troubles:
        sys.stderr.write(f"{trouble}\n")
    return {**best_of(runs), "troubles": len(troubles)}


def main() -> int:
    """Print the figures; fail if one is beyond what is promised."""
    found = figures(Path(sys.argv[1]))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    beyond = [name for name, limit in LIMITS.items() if found[name] > limit]
    for name in beyond:
        sys.stderr.write(f"{name} is {found[name]}, more than {LIMITS[name]}\n")
    return 1 if beyond or found["troubles"] else 0


if __name__ == "__main__":
    sys.exit(main())
