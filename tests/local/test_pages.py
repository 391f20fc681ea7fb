"""The demo page is served from the files on disk, and nothing beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from local.pages import content_type, page_routes

Site = TestClient[web.Request, web.Application]


async def gateway(_request: web.Request) -> web.Response:
    """A route that was there first."""
    return web.Response(text="gateway")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A client of a server with a small page."""
    files = {
        "web/demo/index.html": "<title>Demo</title>",
        "web/demo/style/page.css": "body {}",
        "web/sdk/dist/parley.js": "export {}",
        "web/widget/dist/widget.js": "export {}",
        "web/sdk/secret.txt": "secret",
        "web/demo-secret.txt": "secret",
        "secret.txt": "secret",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "web/demo/link.txt").symlink_to(tmp_path / "secret.txt")
    app = web.Application()
    app.add_routes([web.get("/v1", gateway)])
    app.add_routes(page_routes(tmp_path / "web"))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/", "<title>Demo</title>", "text/html; charset=utf-8"),
        ("/style/page.css", "body {}", "text/css; charset=utf-8"),
        ("/sdk/parley.js", "export {}", "text/javascript; charset=utf-8"),
        ("/widget/widget.js", "export {}", "text/javascript; charset=utf-8"),
    ],
)
async def test_files_come_with_their_types(site: Site, path: str, text: str, kind: str) -> None:
    answer = await site.get(path)
    assert (answer.status, await answer.text()) == (200, text)
    assert answer.headers["Content-Type"] == kind


async def test_page_is_strict_and_never_cached(site: Site) -> None:
    headers = (await site.get("/")).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self' ws://127.0.0.1:* ws://localhost:*" in policy
    assert "unsafe" not in policy


async def test_changed_file_is_served_as_it_is_now(site: Site, tmp_path: Path) -> None:
    await site.get("/")
    (tmp_path / "web/demo/index.html").write_text("changed")
    assert await (await site.get("/")).text() == "changed"


@pytest.mark.parametrize(
    "path",
    [
        "/absent",
        "/style",
        "/sdk",
        "/../demo-secret.txt",
        "/%2e%2e/demo-secret.txt",
        "/sdk/../secret.txt",
        "/sdk/%2e%2e/secret.txt",
        "/..%2fdemo-secret.txt",
        "//etc/passwd",
        "/link.txt",
        "/%00",
    ],
)
async def test_what_is_not_of_the_page_is_not_found(site: Site, path: str) -> None:
    # Byte for byte, where a client that means well would tidy the path first.
    address = URL(str(site.make_url("/"))[:-1] + path, encoded=True)
    answer = await site.session.get(address)
    assert answer.status == 404
    assert "secret" not in (await answer.text()).replace(path, "").replace("secret.txt", "")


async def test_routes_of_the_gateway_win(site: Site) -> None:
    assert await (await site.get("/v1")).text() == "gateway"


def test_unknown_kind_of_file_is_bytes() -> None:
    assert content_type(Path("a.unheard-of")) == "application/octet-stream"
    assert content_type(Path("A.PNG")) == "image/png"
