"""Sending a message by REST, as a user would."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cli.errors import WrongUse
from cli.http import ask
from cli.target import Target


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send, and where to: to one person, or into a room.

    Attributes:
        client_id: Makes a repeat safe; a new one if not given.
    """

    text: str
    to_user_id: str | None = None
    room_id: str | None = None
    client_id: str | None = None

    def require_one_address(self) -> None:
        """Raise `WrongUse` unless there is exactly one address, and something to say."""
        if (self.to_user_id is None) == (self.room_id is None):
            raise WrongUse("say either --to USER or --room ROOM")
        if not self.text.strip():
            raise WrongUse("there is nothing to send: give a text, or pipe one in")


@dataclass(frozen=True, slots=True)
class Sent:
    """What Parley answered."""

    message: dict[str, Any]
    duplicate: bool
    degraded: bool
    ack_ms: float

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        ids = ("messageId", "roomId", "seq", "clientId", "createdAt")
        return {
            **{name: self.message[name] for name in ids},
            "duplicate": self.duplicate,
            "degraded": self.degraded,
            "ackMs": round(self.ack_ms, 1),
        }

    def as_text(self) -> Iterator[str]:
        """Return it in words."""
        message = self.message
        yield (
            f"{message['messageId']}  number {message['seq']} of room {message['roomId']}, "
            f"acknowledged in {self.ack_ms:.0f} ms"
        )
        if self.duplicate:
            yield f"It was stored before, at {message['createdAt']}: nothing was stored now."
        if self.degraded:
            yield "Redis does not answer: recipients get it at their next heartbeat or sync."


def send(target: Target, token: str, letter: Letter) -> Sent:
    """Send a message; the direct room of two people is made first, if they have none.

    Raises:
        WrongUse: No address, or two, or nothing to say.
        Refused: Parley's reason why not.
    """
    letter.require_one_address()
    room_id = letter.room_id or _direct_room(target, token, str(letter.to_user_id))
    said = {"clientId": letter.client_id or uuid.uuid4().hex, "body": letter.text}
    url = f"{target.rest_url}/rooms/{quote(room_id, safe='')}/messages"
    reply, took_ms = ask("POST", url, token=token, body=said)
    degraded = bool(reply.get("degraded", False))
    return Sent(reply["message"], bool(reply["duplicate"]), degraded, took_ms)


def _direct_room(target: Target, token: str, user_id: str) -> str:
    wanted = {"type": "direct", "memberIds": [user_id]}
    room, _ = ask("POST", f"{target.rest_url}/rooms", token=token, body=wanted)
    return str(room["roomId"])
