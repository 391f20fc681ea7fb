"""`/`: the demo portals, with the SDK and the widget, as files that were built in `web/`."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_HEADERS = {
    # Every reload shows what is on disk: these are the files somebody is working on.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Strict, so that the widget is seen to work on pages that are. Ports: attachments come from
    # the emulator's; https: people's pictures.
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "connect-src 'self' ws://127.0.0.1:* ws://localhost:* http://127.0.0.1:* http://localhost:*",
            "img-src 'self' data: blob: https: http://127.0.0.1:* http://localhost:*",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
            "require-trusted-types-for 'script'",
        )
    ),
}
# Named here because Python asks the system, and some systems call JavaScript plain text.
_TYPES = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_TEXTS = ("text/", "application/json")


def page_routes(web_dir: Path) -> list[web.RouteDef]:
    """The route, which takes what no other route does.

    Args:
        web_dir: The folder with `demo/dist/`, served as `/`, and `sdk/dist` and `widget/cdn`,
            served as `/sdk/` and `/widget/`. Beside it is `examples/`.
    """
    folders = {
        "sdk": web_dir / "sdk" / "dist",
        "widget": web_dir / "widget" / "cdn",
        "examples": web_dir.parent / "examples",
    }

    async def serve(request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        first, _, rest = path.partition("/")
        if first in folders:
            return _answer(request, folders[first], rest)
        return _answer(request, web_dir / "demo" / "dist", path)

    return [web.get("/{path:.*}", serve)]


def content_type(path: Path) -> str:
    """The media type of a file, by its name."""
    kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXTS) else kind


def _answer(request: web.Request, folder: Path, path: str) -> web.StreamResponse:
    if not folder.is_dir():
        return _text(503, "This was not built yet: run `make web` in Parley's folder.")
    found = _within(folder, path)
    if found is not None and (found / "index.html").is_file():
        if not request.path.endswith("/"):
            # Else what the page refers to would be looked for one folder higher.
            location = str(request.rel_url.with_path(f"{request.path}/", keep_query=True))
            return web.Response(status=302, headers={**_HEADERS, "Location": location})
        found /= "index.html"
    if found is None or not found.is_file():
        return _text(404, f"There is no {request.path} here.")
    return web.FileResponse(found, headers={**_HEADERS, "Content-Type": content_type(found)})


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers=_HEADERS)


def _within(folder: Path, path: str) -> Path | None:
    if "\0" in path:
        return None
    found = (folder / path).resolve()
    # Resolved first: neither `..` nor a symbolic link leads out of the folder.
    return found if found.is_relative_to(folder.resolve()) else None
