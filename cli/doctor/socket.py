"""A WebSocket client for one short talk: open, heartbeat, sync, close."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from cli.errors import CliError

TIMEOUT_S = 20.0
OPEN = 101


@dataclass(frozen=True, slots=True)
class Talk:
    """What was answered: the status of the handshake, and then the data of the replies."""

    status: int
    heartbeat: dict[str, Any]
    sync: dict[str, Any]


def handshake(url: str) -> int:
    """Try to connect, and return the HTTP status of the answer; 101 is an open connection.

    Raises:
        CliError: Nobody answers.
    """
    return _run(url, talk=False).status


def talk(url: str) -> Talk:
    """Connect, beat and sync; a connection that is refused answers neither.

    Raises:
        CliError: Nobody answers, or what is answered is no reply of Parley.
    """
    return _run(url, talk=True)


def _run(url: str, *, talk: bool) -> Talk:
    try:
        return asyncio.run(asyncio.wait_for(_talk(url, talk=talk), TIMEOUT_S))
    except TimeoutError as exc:
        raise CliError(f"the WebSocket API does not answer within {TIMEOUT_S:.0f} s") from exc


async def _talk(url: str, *, talk: bool) -> Talk:
    import aiohttp

    try:
        async with (
            aiohttp.ClientSession(trust_env=True) as session,
            session.ws_connect(url) as socket,
        ):
            if not talk:
                return Talk(OPEN, {}, {})
            beat = await _asked(socket, "presence", "heartbeat", {"status": "online"})
            return Talk(OPEN, beat, await _asked(socket, "sync", "start", {"rooms": {}}))
    except aiohttp.WSServerHandshakeError as exc:
        return Talk(exc.status, {}, {})
    except (aiohttp.ClientError, OSError) as exc:
        where = url.partition("?")[0]
        raise CliError(f"{where} does not answer: {exc}") from exc


async def _asked(socket: Any, action: str, op: str, data: dict[str, Any]) -> dict[str, Any]:
    """Send a command and return the data of its reply; events that come before are passed over."""
    await socket.send_json({"action": action, "op": op, "id": op, "data": data})
    async for message in socket:
        frame = _object(message)
        if frame.get("id") == op:
            if not frame.get("ok"):
                raise CliError(f"{action}.{op} is answered {frame.get('error')}")
            return dict(frame["data"])
        if "message" in frame and "event" not in frame:
            raise CliError(f"{action}.{op} is answered by API Gateway: {frame['message']}")
    raise CliError(f"the connection was closed before {action}.{op} was answered")


def _object(message: Any) -> dict[str, Any]:
    try:
        frame = message.json()
    except (TypeError, ValueError) as exc:
        raise CliError("what the WebSocket API sends is not Parley's") from exc
    return frame if isinstance(frame, dict) else {}
