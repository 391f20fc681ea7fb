"""Signed requests to one management API (AWS.md §B): paths, SigV4 and credentials."""

import hashlib
import io
import os
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from awscrt.auth import AwsCredentialsProvider, AwsSigningConfig, aws_sign_request
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import ClientBootstrap

from parley.adapters.push.batch import Freight
from parley.errors import BadSetting

SERVICE = "execute-api"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the management API is.

    Attributes:
        prefix: The path before ``/@connections``; its stage, on AWS.
    """

    host: str
    port: int
    tls: bool
    prefix: str

    @classmethod
    def from_url(cls, url: str) -> "Endpoint":
        """Read the URL that the stack's output gives; raises `BadSetting`."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
            raise BadSetting("PARLEY_WS_ENDPOINT must be an http(s) URL without a query")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            tls=parts.scheme == "https",
            prefix=parts.path.rstrip("/"),
        )

    @property
    def host_header(self) -> str:
        """Return ``Host``, with the port where it is not the scheme's own."""
        if self.port == _PORTS["https" if self.tls else "http"]:
            return self.host
        return f"{self.host}:{self.port}"

    def path(self, connection_id: str) -> str:
        """Return the path of a connection, encoded once: ids end in ``=``, sent as ``%3D``."""
        return f"{self.prefix}/@connections/{quote(connection_id, safe='')}"


def environment_credentials(bootstrap: ClientBootstrap) -> AwsCredentialsProvider:
    """Return Lambda's credentials: of the environment, or with SnapStart of the local endpoint."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return AwsCredentialsProvider.new_environment()
    return AwsCredentialsProvider.new_default_chain(bootstrap)


def signing_config(credentials: AwsCredentialsProvider, region: str, body: bytes) -> Any:
    """Prepare what all recipients of a body share: date, scope and the body's hash, once."""
    return AwsSigningConfig(
        credentials_provider=credentials,
        region=region,
        service=SERVICE,
        date=datetime.now(UTC),
        signed_body_value=hashlib.sha256(body).hexdigest(),
    )


def sign(endpoint: Endpoint, freight: Freight, connection_id: str) -> "Future[Any]":
    """Build and sign one request; the future is done at once where credentials are at hand."""
    headers = HttpHeaders([("Host", endpoint.host_header)])
    body = io.BytesIO(freight.frame) if freight.frame else None
    request = HttpRequest(freight.method, endpoint.path(connection_id), headers, body)
    signed: Future[Any] = aws_sign_request(request, freight.config)
    return signed


def add_length(request: HttpRequest, freight: Freight) -> None:
    """Add ``Content-Length`` to a signed request: unsigned, as boto3 sends it."""
    request.headers.add("Content-Length", str(len(freight.frame)))
