"""The `@connections` API, by which functions reach clients. The gateway's hot path."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from gateway.connections import BufferFullError, GoneError, Registry
from gateway.events import DELETED
from gateway.faults import Faults
from gateway.frames import MAX_MESSAGE_BYTES
from gateway.ids import new_id

# What boto3 tells its exceptions apart by; a bare status would be a plain ClientError.
_ERROR_HEADER = "x-amzn-ErrorType"
_ERRORS = {
    403: ("ForbiddenException", "Forbidden"),
    410: ("GoneException", "Gone"),
    413: ("PayloadTooLargeException", "Payload too large"),
    429: ("LimitExceededException", "Limit exceeded"),
}


class ManagementApi:
    """`/{stage}/@connections/{id}` of one WebSocket API."""

    def __init__(self, stage: str, registry: Registry, faults: Faults) -> None:
        """Serve the connections of `stage`."""
        self._stage = stage
        self._registry = registry
        self._faults = faults

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Mount the API."""
        path = f"/{self._stage}/@connections/{{connection_id}}"
        router.add_post(path, self.post)
        router.add_get(path, self.get)
        router.add_delete(path, self.delete)

    async def post(self, request: web.Request) -> web.Response:
        """Send the body to a client as one text frame. Never waits for the client."""
        connection_id = request.match_info["connection_id"]
        body = await request.read()
        if not _is_signed(request):
            return _refusal(403, connection_id)
        if len(body) > MAX_MESSAGE_BYTES:
            return _refusal(413, connection_id)
        if self._faults.kills_poster():
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=503)
        status = await self._deliver(connection_id, body)
        return web.Response() if status == 200 else _refusal(status, connection_id)

    async def _deliver(self, connection_id: str, body: bytes) -> int:
        """Send `body`, unless a fault comes first; gives the status to answer."""
        delay_s = self._faults.post_delay_s()
        if delay_s:
            await asyncio.sleep(delay_s)
        if self._faults.post_is_limited(self._registry.user_agent_of(connection_id)):
            return 429
        if self._faults.post_is_gone():
            return 410
        try:
            self._registry.get(self._stage, connection_id).send_text(_as_utf8(body))
        except GoneError:
            return 410
        except BufferFullError:
            return 429
        return 200

    async def get(self, request: web.Request) -> web.Response:
        """Describe a connection."""
        connection_id = request.match_info["connection_id"]
        if not _is_signed(request):
            return _refusal(403, connection_id)
        try:
            connection = self._registry.get(self._stage, connection_id)
        except GoneError:
            return _refusal(410, connection_id)
        return web.json_response(connection.description())

    async def delete(self, request: web.Request) -> web.Response:
        """Close a connection; its `$disconnect` follows."""
        connection_id = request.match_info["connection_id"]
        if not _is_signed(request):
            return _refusal(403, connection_id)
        try:
            connection = self._registry.get(self._stage, connection_id)
        except GoneError:
            return _refusal(410, connection_id)
        connection.close(DELETED)
        return web.Response(status=204)


def _is_signed(request: web.Request) -> bool:
    return request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")


def _as_utf8(body: bytes) -> bytes:
    """The body with whatever is not UTF-8 replaced by U+FFFD."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode()
    return body


def _refusal(status: int, connection_id: str) -> web.Response:
    error_type, message = _ERRORS[status]
    body = {"message": message, "connectionId": connection_id, "requestId": new_id()}
    return web.Response(
        status=status,
        headers={_ERROR_HEADER: error_type},
        text=json.dumps(body),
        content_type="application/json",
    )
