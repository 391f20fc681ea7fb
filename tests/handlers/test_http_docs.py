"""The description of the REST API, as the API serves it (SPEC §7)."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.handlers.conftest import ROOT, invoke, sample
from tests.support.memory import World
from tests.support.rest import request_event


def get(path: str) -> dict[str, Any]:
    answer: dict[str, Any] = invoke("http", request_event(sample("http"), "GET", path))
    assert answer["statusCode"] == 200
    return answer


def test_the_document_is_the_generated_one(world: World) -> None:
    answer = get("/openapi.json")
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"]) == json.loads((ROOT / "docs" / "openapi.json").read_text())


def test_the_page_loads_only_what_the_api_serves(world: World) -> None:
    page = get("/docs")
    assert page["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page["headers"]["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page["body"])
    assert set(loaded) == {
        "data:,",
        "docs/swagger-ui.css",
        "docs/swagger-ui.js",
        "docs/start.js",
    }
    assert "<script>" not in page["body"]
    assert "openapi.json" in get("/docs/start.js")["body"]


@pytest.mark.parametrize(
    ("path", "kind", "part"),
    [
        ("/docs/swagger-ui.js", "text/javascript; charset=utf-8", "SwaggerUIBundle"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8", ".swagger-ui"),
        ("/docs/start.js", "text/javascript; charset=utf-8", "SwaggerUIBundle("),
    ],
)
def test_the_pages_parts_are_served_and_may_be_kept(
    world: World, path: str, kind: str, part: str
) -> None:
    answer = get(path)
    assert answer["headers"]["Content-Type"] == kind
    assert answer["headers"]["Cache-Control"] == "public, max-age=3600"
    assert part in answer["body"]


def test_describing_needs_no_token_and_asks_no_store(world: World) -> None:
    for path in ("/openapi.json", "/docs", "/docs/swagger-ui.css"):
        get(path)
    assert world.out.calls == []


def test_a_request_loads_nothing_that_describes() -> None:
    # In a process of its own, where nothing is loaded yet.
    code = "import sys, parley.http.api; print(*sorted(sys.modules))"
    environment = {"PYTHONPATH": str(ROOT / "layers" / "core")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "parley.http.rooms" in loaded
    heavy = ("aws_lambda_powertools.event_handler.openapi.models", "boto3", "redis")
    assert [name for name in loaded if name.startswith(heavy)] == []
