"""The demo is served from the files that were built, and nothing beside it."""

from __future__ import annotations

import shutil
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
        "web/demo/dist/index.html": "<title>Demo</title>",
        "web/demo/dist/dm/index.html": "<title>DM</title>",
        "web/demo/dist/style/page.css": "body {}",
        "web/demo/secret.txt": "secret",
        "web/sdk/dist/parley.js": "export {}",
        "web/widget/cdn/parley-chat.js": "void 0",
        "examples/script-tag/index.html": "<title>Example</title>",
        "web/widget/dist/secret.txt": "secret",
        "web/sdk/secret.txt": "secret",
        "web/demo/dist-secret.txt": "secret",
        "secret.txt": "secret",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "web/demo/dist/link.txt").symlink_to(tmp_path / "secret.txt")
    app = web.Application()
    app.add_routes([web.get("/v1", gateway)])
    app.add_routes(page_routes(tmp_path / "web"))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/", "<title>Demo</title>", "text/html; charset=utf-8"),
        ("/dm/", "<title>DM</title>", "text/html; charset=utf-8"),
        ("/examples/script-tag/", "<title>Example</title>", "text/html; charset=utf-8"),
        ("/style/page.css", "body {}", "text/css; charset=utf-8"),
        ("/sdk/parley.js", "export {}", "text/javascript; charset=utf-8"),
        ("/widget/parley-chat.js", "void 0", "text/javascript; charset=utf-8"),
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
    (tmp_path / "web/demo/dist/index.html").write_text("changed")
    assert await (await site.get("/")).text() == "changed"


@pytest.mark.parametrize(
    "path",
    [
        "/absent",
        "/style",
        "/style/",
        "/sdk",
        "/sdk/",
        "/secret.txt",
        "/widget/secret.txt",
        "/../dist-secret.txt",
        "/%2e%2e/dist-secret.txt",
        "/sdk/../secret.txt",
        "/sdk/%2e%2e/secret.txt",
        "/..%2fdist-secret.txt",
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


async def test_folder_of_a_page_is_redirected_to_the_page(site: Site) -> None:
    answer = await site.get("/dm?as=ana&b=%26", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/dm/?as=ana&b=%26")


@pytest.mark.parametrize("path", ["/", "/dm/"])
async def test_demo_that_was_not_built_says_what_to_run(
    site: Site, tmp_path: Path, path: str
) -> None:
    shutil.rmtree(tmp_path / "web/demo")
    answer = await site.get(path)
    assert answer.status == 503
    assert "make web" in await answer.text()


async def test_widget_that_was_not_built_says_what_to_run(site: Site, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "web/widget")
    assert (await site.get("/widget/parley-chat.js")).status == 503


async def test_routes_of_the_gateway_win(site: Site) -> None:
    assert await (await site.get("/v1")).text() == "gateway"


def test_unknown_kind_of_file_is_bytes() -> None:
    assert content_type(Path("a.unheard-of")) == "application/octet-stream"
    assert content_type(Path("A.PNG")) == "image/png"
