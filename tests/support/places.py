"""Where a Parley is that tests talk to, and how they talk to it: on this machine, or by URL."""

import json
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import jwt
from typing_extensions import override

from local.tokens import claims_of

# Cold starts included; API Gateway gives up after 30 s.
ANSWER_IN_S = 30.0
# Locally one gateway serves all; the REST API has this prefix there.
REST_PREFIX = "/api"


class Place(ABC):
    """A running Parley."""

    __slots__ = ()

    @property
    @abstractmethod
    def ws_url(self) -> str:
        """Return the WebSocket API's address."""

    @property
    @abstractmethod
    def origin(self) -> str:
        """Return the origin of a page that may read what REST answers."""

    @abstractmethod
    def address(self, path: str) -> str:
        """Return the URL of a path, which begins with ``/api`` for REST."""

    @abstractmethod
    def token(self, sub: str, **claims: Any) -> str:
        """Return a token of somebody; ``expiresIn`` is in seconds from now."""

    def post(self, path: str, body: Mapping[str, Any], token: str | None = None) -> Any:
        """POST JSON."""
        return self.call("POST", path, body, token)

    def get(self, path: str, token: str | None = None) -> Any:
        """GET JSON."""
        return self.call("GET", path, None, token)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None, token: str | None = None
    ) -> Any:
        """Send JSON, or nothing, and return the JSON that comes back."""
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310
            self.address(path), data, headers, method=method
        )
        with urllib.request.urlopen(request, timeout=ANSWER_IN_S) as response:  # noqa: S310
            text = response.read()
        return json.loads(text) if text else None


@dataclass(frozen=True, slots=True)
class Deployed(Place):
    """One that is known by its addresses, and by the secret that signs its tokens.

    Attributes:
        api_url: Of the REST API, without a path.
        secret: Of HS256.
        claims: What every token must say, such as an issuer and an audience.
        page: An origin among its ``AllowedOrigins``; empty if it has none.
    """

    ws: str
    api_url: str
    secret: str = field(repr=False)
    claims: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""

    @property
    @override
    def ws_url(self) -> str:
        """Return the WebSocket API's address."""
        return self.ws

    @property
    @override
    def origin(self) -> str:
        """Return an allowed page's origin."""
        return self.page

    @override
    def address(self, path: str) -> str:
        """Return the URL of a path; the prefix of REST is the local gateway's alone."""
        return self.api_url + path.removeprefix(REST_PREFIX)

    @override
    def token(self, sub: str, **claims: Any) -> str:
        """Sign a token with the claims that the development login would give it."""
        asked = json.dumps({"sub": sub, **claims}).encode()
        said = {**claims_of(asked, int(time.time())), **self.claims}
        return jwt.encode(said, self.secret, algorithm="HS256")


def named_in(environment: Mapping[str, str]) -> Deployed | None:
    """Return the Parley that ``PARLEY_E2E_WS`` and its like name, if they name one.

    See docs/testing-a-deployment.md.
    """
    ws = environment.get("PARLEY_E2E_WS")
    if not ws:
        return None
    secret = environment.get("PARLEY_E2E_JWT_SECRET") or _secret(
        environment["PARLEY_E2E_JWT_SECRET_ARN"]
    )
    return Deployed(
        ws=ws.rstrip("/"),
        api_url=environment["PARLEY_E2E_API"].rstrip("/"),
        secret=secret,
        claims=json.loads(environment.get("PARLEY_E2E_CLAIMS", "{}")),
        page=environment.get("PARLEY_E2E_ORIGIN", ""),
    )


def _secret(arn: str) -> str:
    region = arn.split(":")[3]
    client = boto3.client("secretsmanager", region_name=region)
    return str(client.get_secret_value(SecretId=arn)["SecretString"])
