"""REST requests of somebody, through the function's handler, as events of API Gateway."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from parley.domain.people import Caller
from tests.support.memory import World

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def request_event(
    sample: dict[str, Any],
    method: str,
    path: str,
    query: dict[str, Any] | str = "",
    body: object = None,
    **headers: str,
) -> dict[str, Any]:
    """Return a sample event as that of another request.

    Args:
        sample: What API Gateway sends; it is changed.
        method: As it is.
        path: As API Gateway decoded it.
        query: As it travels, or its parameters, of which lists are repeated.
        body: A text as it is, or what is to be JSON.
        headers: Added to those of the sample; with underscores for dashes.
    """
    sample["rawPath"] = sample["requestContext"]["http"]["path"] = path
    sample["requestContext"]["http"]["method"] = method
    sample["rawQueryString"] = query if isinstance(query, str) else urlencode(query, doseq=True)
    sample["headers"].pop("authorization")
    if body is not None:
        sample["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        sample["headers"]["content-type"] = "application/json"
    sample["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return sample


class Rest:
    """Somebody with a token and no connection."""

    def __init__(
        self,
        world: World,
        handler: Handler,
        sample: Callable[[], dict[str, Any]],
        caller: Caller,
    ) -> None:
        """Sign somebody in."""
        self._handler = handler
        self._sample = sample
        subject = str(caller.user_id).removeprefix("@manage/")
        claims = {
            "sub": subject,
            "tenantId": str(caller.tenant_id),
            "role": caller.role,
            "name": caller.name,
            "spaces": [str(space) for space in caller.spaces],
            "iat": caller.issued_at,
            "exp": caller.expires_at,
        }
        self.scope = {"scope": "manage"} if caller.manages else {}
        self.token = world.out.verifier.issue(claims)

    def answer(
        self, method: str, path: str, body: object = None, **query: Any
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Send a request; return status, headers and body."""
        event = request_event(
            self._sample(),
            method,
            path,
            {**self.scope, **query},
            body,
            authorization=f"Bearer {self.token}",
        )
        answer = self._handler(event, None)
        assert answer["isBase64Encoded"] is False
        return answer["statusCode"], answer["headers"], json.loads(answer["body"])

    def do(self, method: str, path: str, body: object = None, **query: Any) -> dict[str, Any]:
        """Send a request and return what its success holds."""
        status, _, data = self.answer(method, path, body, **query)
        assert status == 200, data
        return data

    def refused(self, method: str, path: str, body: object = None, **query: Any) -> tuple[int, str]:
        """Send a request and return the status and code of its refusal."""
        status, _, error = self.answer(method, path, body, **query)
        assert error["ok"] is False
        return status, error["error"]

    def faults(self, method: str, path: str, body: object = None, **query: Any) -> list[str]:
        """Send a request that is not valid, and return where it is not."""
        status, _, error = self.answer(method, path, body, **query)
        assert (status, error["error"]) == (400, "VALIDATION_ERROR"), error
        return [detail["path"] for detail in error["details"]]
