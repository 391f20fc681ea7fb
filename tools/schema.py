"""Write what others need of the protocol: AsyncAPI, OpenAPI, JSON Schema, and the SDK's types.

Also the pages of requirements, scenarios and planted bugs, which follow from the tests, and of
parameters, which follow from the template.

python -m tools.schema            write them
python -m tools.schema --check    name those that are stale, and fail if there are any
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.cost import page as cost
from parley.protocol import commands, frames, strict
from tools import (
    asyncapi,
    mutants,
    openapi,
    parameters,
    requirements,
    scenarios,
    shapes,
    typescript,
)
from tools.examples import read_page

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {
    "maxFrameBytes": strict.MAX_FRAME_BYTES,
    "maxSentBytes": frames.MAX_SENT_BYTES,
    "maxFrameIdChars": frames.MAX_ID_CHARS,
    "maxSyncRooms": commands.MAX_SYNC_ROOMS,
    "maxMembersACall": commands.MAX_MEMBERS_A_CALL,
    "maxUserIds": commands.MAX_USER_IDS,
    "maxMentions": commands.MAX_MENTIONS,
    "maxAttachments": commands.MAX_ATTACHMENTS,
}


def schema_document() -> dict[str, Any]:
    """Return every frame, reply and event as one JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Parley protocol",
        "description": "Any frame of the WebSocket protocol; `$defs` names each shape.",
        "anyOf": [shapes.ref(name) for name in ("CommandFrame", "ReplyFrame", "EventFrame")],
        "$defs": shapes.definitions(),
    }


GENERATED: dict[str, Callable[[], str]] = {
    "docs/asyncapi.json": lambda: _json(asyncapi.document(read_page())),
    "docs/configure.md": parameters.page,
    "docs/openapi.json": lambda: _json(openapi.document()),
    # The same, where the API serves it from.
    "layers/core/parley/http/openapi.json": lambda: _json(openapi.document()),
    "docs/cost.md": cost.page,
    "docs/planted-bugs.md": mutants.page,
    "docs/reliability.md": scenarios.page,
    "docs/requirements.md": requirements.page,
    "docs/schema.json": lambda: _json(schema_document()),
    "web/sdk/src/protocol.gen.ts": lambda: typescript.module(LIMITS),
}


def stale_files(root: Path = ROOT) -> dict[str, str]:
    """Return what belongs in the files that are missing, or differ from it; by name."""
    wanted = {name: text() for name, text in GENERATED.items()}
    return {name: text for name, text in wanted.items() if _read(root / name) != text}


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check: bool = parser.parse_args(arguments).check
    stale = stale_files(root)
    for name, text in stale.items():
        if check:
            print(f"{name} is stale: run make schema")
        else:
            _write(root / name, text)
            print(f"wrote {name}")
    return int(check and bool(stale))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
