"""A client written against SPEC alone, with the `websockets` library and no code of Parley."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.http11 import USER_AGENT
from websockets.typing import Subprotocol

# Some milliseconds as a rule; a hundred senders on a busy machine wait for each other.
ANSWER_IN_S = 60


class Client:
    """One connection: asks and gets replies, and collects events."""

    def __init__(self, socket: ClientConnection) -> None:
        """Start reading; use :meth:`open`."""
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.frames: list[str] = []
        self.ended_by: ConnectionClosedError | None = None
        self._replies: dict[str | None, asyncio.Future[dict[str, Any]]] = {}
        self._arrived = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls, ws_url: str, token: str, *, query: str = "", user_agent: str = USER_AGENT
    ) -> Self:
        """Connect with a token as subprotocol; faults can be for one user agent only."""
        protocols = [Subprotocol("parley.v1"), Subprotocol(f"bearer.{token}")]
        socket = await connect(
            ws_url + query,
            subprotocols=protocols,
            compression=None,
            user_agent_header=user_agent,
            open_timeout=ANSWER_IN_S,
            # Whether the other side is alive is for heartbeats to say, as in browsers.
            ping_interval=None,
        )
        return cls(socket)

    @property
    def is_open(self) -> bool:
        """Tell whether neither side has closed the connection."""
        return self.socket.close_code is None

    async def __aenter__(self) -> Self:
        """Use the client in ``async with``."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection and wait for the reader."""
        await self.socket.close()
        await self._reader

    async def ask(self, operation: str, **data: Any) -> dict[str, Any]:
        """Send a command and return the whole reply frame."""
        action, _, op = operation.partition(".")
        frame_id = uuid.uuid4().hex
        frame = {"action": action, "op": op, "id": frame_id, "data": data}
        return await self.exchange(json.dumps(frame, ensure_ascii=False), frame_id)

    async def do(self, operation: str, **data: Any) -> Any:
        """Send a command and return the data of its positive reply."""
        reply = await self.ask(operation, **data)
        assert reply["ok"], reply
        return reply["data"]

    async def exchange(self, text: str, frame_id: str | None) -> dict[str, Any]:
        """Send any text and return the reply with this id."""
        answer = self._replies[frame_id] = asyncio.get_running_loop().create_future()
        await self.socket.send(text)
        return await asyncio.wait_for(answer, ANSWER_IN_S)

    async def send(self, operation: str, **data: Any) -> None:
        """Send a command without waiting for its reply."""
        action, _, op = operation.partition(".")
        frame = {"action": action, "op": op, "id": uuid.uuid4().hex, "data": data}
        await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def tell(self, operation: str, **data: Any) -> None:
        """Send a one-way command."""
        action, _, op = operation.partition(".")
        await self.socket.send(
            json.dumps({"action": action, "op": op, "data": data}, ensure_ascii=False)
        )

    async def event(
        self, name: str, matches: Callable[[Any], bool] = lambda data: True
    ) -> dict[str, Any]:
        """Wait for an event, or find one that came already, and return its data."""

        def found() -> dict[str, Any] | None:
            named = (e["data"] for e in self.events if e["event"] == name)
            return next((data for data in named if matches(data)), None)

        async with self._arrived:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._arrived.wait_for(lambda: found() is not None), ANSWER_IN_S
                )
        data = found()
        assert data is not None, f"no such {name} among {self.named(name)}"
        return data

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the data of all events of a name so far."""
        return [event["data"] for event in self.events if event["event"] == name]

    def on_event(self, name: str, data: dict[str, Any]) -> None:
        """Be told of an event as it comes; for measuring clients."""

    async def _read(self) -> None:
        try:
            await self._read_frames()
        except ConnectionClosedError as exc:
            self.ended_by = exc

    async def _read_frames(self) -> None:
        async for text in self.socket:
            assert isinstance(text, str)
            self.frames.append(text)
            frame = json.loads(text)
            if "event" in frame:
                self.on_event(frame["event"], frame["data"])
                self.events.append(frame)
                async with self._arrived:
                    self._arrived.notify_all()
            elif (answer := self._replies.pop(frame.get("id"), None)) and not answer.done():
                answer.set_result(frame)


def new_id() -> str:
    """Return an id that nobody used."""
    return uuid.uuid4().hex
