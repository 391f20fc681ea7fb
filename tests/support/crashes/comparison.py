"""What two runs of an operation left and answered, without what differs in any two."""

import json
import re
from typing import Any

from parley.adapters.dynamodb import layout
from tests.support.crashes.scene import Scene
from tests.support.devices import Json

_ROOM = re.compile(r"\b([a-z])-[0-9a-z]{26,}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)")
_MESSAGE = re.compile(r"\b[0-9a-z]{20,22}\b")
# Of a reply: told to one who asks again, or true of that moment only.
_PASSING = ("duplicate", "degraded", "epoch", "changed", "cursor", "serverTime", "users")
# An open room's count may be off by one (`adapters.dynamodb.open_rooms`): it is only shown.
_OPEN = ("channel", "organization")
_SHOWN_ONLY = "memberCount"


def plain(value: Any) -> Any:
    """Return a value with the same ids and times in any run."""
    text = json.dumps(_without_counts(value), sort_keys=True, default=str)
    for pattern, name in ((_ROOM, r"\1-room"), (_TIME, "time"), (_MESSAGE, "message")):
        text = pattern.sub(name, text)
    return json.loads(text)


def plain_reply(reply: Json) -> Any:
    """Return what a reply says, without what is only of its moment."""
    if not reply["ok"]:
        return {"error": reply["error"]}
    return plain({name: value for name, value in reply["data"].items() if name not in _PASSING})


def stored(scene: Scene) -> dict[str, Any]:
    """Return all that a tenant has in the table, but for rooms that nobody can see."""
    scene.world.stream.look()
    images = scene.world.stream.images
    mine = {pk: part for pk, part in images.items() if pk.startswith(f"T#{scene.tenant}")}
    hidden = {
        place[1]
        for pk, part in mine.items()
        if (place := layout.room_of_partition(pk)) and "META" not in part
    }
    return {
        f"{plain(pk)} {plain(sk)}": plain(item)
        for pk, part in mine.items()
        for sk, item in part.items()
        if not any(room_id in pk or room_id in sk for room_id in hidden)
    }


def _without_counts(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_counts(each) for each in value]
    if not isinstance(value, dict):
        return value
    is_open = value.get("type") in (*_OPEN, *({"S": name} for name in _OPEN))
    names = [name for name in value if not (is_open and name == _SHOWN_ONLY)]
    return {name: _without_counts(value[name]) for name in names}


def difference(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return what is different, for people."""
    keys = sorted(one.keys() | other.keys())
    return [f"{k}: {one.get(k)} / {other.get(k)}" for k in keys if one.get(k) != other.get(k)]
