"""`/`: the demo page, with the SDK and the widget that it uses, as files from `web/`."""

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
        web_dir: The folder with `demo/`, served as `/`, and `sdk/dist` and `widget/dist`, served as
            `/sdk/` and `/widget/`.
    """
    folders = {"sdk": web_dir / "sdk" / "dist", "widget": web_dir / "widget" / "dist"}

    async def serve(request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        first, _, rest = path.partition("/")
        found = _file(folders[first], rest) if first in folders else _file(web_dir / "demo", path)
        if found is None:
            return web.Response(status=404, text=f"There is no /{path} here.\n", headers=_HEADERS)
        return web.FileResponse(found, headers={**_HEADERS, "Content-Type": content_type(found)})

    return [web.get("/{path:.*}", serve)]


def content_type(path: Path) -> str:
    """The media type of a file, by its name."""
    kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXTS) else kind


def _file(folder: Path, path: str) -> Path | None:
    if "\0" in path:
        return None
    found = (folder / (path or "index.html")).resolve()
    # Resolved first: neither `..` nor a symbolic link leads out of the folder.
    return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
