"""The one place that touches boto3: clients, and its errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cli.errors import AwsRefused, CliError, Denied

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
)
_NOT_ACCEPTED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
# IAM's names of services, where botocore has another.
_IAM_NAMES = {"service-quotas": "servicequotas", "apigatewayv2": "apigateway"}


class NoCredentials(CliError):
    """Raised when there are no credentials, or none that AWS accepts."""


class Unreachable(CliError):
    """Raised when an endpoint does not answer."""


@dataclass(slots=True)
class Aws:
    """Calls AWS, or an emulator, for which credentials are made up.

    Attributes:
        region: None for the one of the environment.
    """

    region: str | None = None
    endpoint_url: str | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a boto3 client; one for each service."""
        if service not in self._clients:
            self._clients[service] = self._made(service)
        return self._clients[service]

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call one operation, named as in boto3.

        Raises:
            Denied: The credentials lack the permission.
            NoCredentials: There are none, or AWS does not accept them.
            Unreachable: Nobody answers.
            AwsRefused: Any other error that AWS answers with.
        """
        with self.sentences(service):
            answer: dict[str, Any] = getattr(self.client(service), operation)(**request)
        return answer

    @contextmanager
    def sentences(self, service: str) -> Iterator[None]:
        """Turn what boto3 raises in this block into errors of ours, as `call` does."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as exc:
            raise _refusal(exc, self.client(service)) from exc
        except BotoCoreError as exc:
            raise _failure(exc) from exc

    def pages(self, service: str, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        """Call an operation until it names no next page; raises as `call`."""
        while True:
            page = self.call(service, operation, **request)
            yield page
            # Each service has its own spelling.
            name = next((n for n in ("NextToken", "nextToken", "NextMarker") if page.get(n)), None)
            if name is None:
                return
            request = {**request, name: page[name]}

    def region_name(self) -> str:
        """Return the region that is used; raises where there is none."""
        return str(self.client("cloudformation").meta.region_name)

    def _made(self, service: str) -> Any:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        made_up = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        try:
            session = boto3.session.Session(
                region_name=self.region or ("us-east-1" if self.endpoint_url else None),
                **(made_up if self.endpoint_url else {}),
            )
            if not session.region_name:
                raise CliError("no AWS region is set: say --region, or set AWS_REGION")
            return session.client(service, endpoint_url=self.endpoint_url, config=config)
        except (BotoCoreError, ValueError) as exc:
            raise _failure(exc) from exc


def permission_of(service: str, operation: str) -> str:
    """Return the IAM action of an operation, such as ``sqs:GetQueueAttributes``."""
    if service in ("apigateway", "apigatewayv2"):
        return "apigateway:GET"
    return f"{_IAM_NAMES.get(service, service)}:{operation}"


def _refusal(error: Any, client: Any) -> CliError:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "Unknown")), str(details.get("Message", ""))
    if code in _DENIED:
        return Denied(permission_of(client.meta.service_model.service_name, error.operation_name))
    if code in _NOT_ACCEPTED:
        return NoCredentials(
            f"AWS does not accept the credentials ({code}): sign in again, `aws sso login` say"
        )
    return AwsRefused(code, message, error.operation_name)


def _failure(error: Exception) -> CliError:
    name = type(error).__name__
    if name == "ProfileNotFound":
        return NoCredentials(f"{error}: set AWS_PROFILE to one of `aws configure list-profiles`")
    if name in ("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError"):
        return Unreachable(f"{error}: is the address right, and the network there?")
    if "Credential" in name or "SSO" in name or "Token" in name:
        return NoCredentials(
            "no AWS credentials can be used: set AWS_PROFILE, run `aws sso login`, "
            f"or name a Parley on this machine with --local ({error})"
        )
    return CliError(f"AWS cannot be asked: {error}")
