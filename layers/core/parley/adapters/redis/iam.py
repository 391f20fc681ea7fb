"""Logging in to ElastiCache as the function's role: a presigned request is the password.

A token is good for 15 minutes, but no longer than the credentials that signed it: whoever keeps
one for 14 is locked out once an hour, when the role's are renewed. So it is made anew after 5, and
with every change of credentials; to make one takes 0.1 ms and asks nobody. ElastiCache looks at it
when a connection begins; the connection then lasts 12 hours (`node.MAX_AGE_S`).

Signed by awscrt, with credentials that botocore finds: every function that has a Redis has loaded
both by then, to push and to reach DynamoDB or SQS.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlencode

from redis.exceptions import AuthenticationError
from typing_extensions import override

from parley.adapters.redis.login import Account, Login

EXPIRES_S = 900
RENEW_S = 300
# AWS does not say how long it takes to look at a token; nothing else of the handshake is slow.
PATIENCE_S = 0.75
SERVICE = "elasticache"


class Frozen(Protocol):
    """Credentials of one moment, as botocore has them."""

    @property
    def access_key(self) -> str:
        """Return which key it is."""
        ...

    @property
    def secret_key(self) -> str:
        """Return what signs."""
        ...

    @property
    def token(self) -> str | None:
        """Return the session's token, where the key is of a role."""
        ...


@dataclass(frozen=True, slots=True)
class ServerlessUser:
    """Who logs in to what.

    Attributes:
        user: Its id, which for IAM is its name, too.
        cache: The name of the serverless cache.
    """

    user: str
    cache: str
    region: str


class IamLogin(Login):
    """A user of a serverless cache whose password is a token. Safe for threads."""

    patience_s = PATIENCE_S

    def __init__(
        self,
        who: ServerlessUser,
        credentials: Callable[[], Frozen],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Sign nothing yet.

        Args:
            who: The user.
            credentials: Gives the role's credentials of this moment.
            clock: Epoch seconds; AWS judges a token by the time of day.
        """
        super().__init__(Account(who.user))
        self._who = who
        self._credentials = credentials
        self._clock = clock
        self._made: tuple[str, float, str] | None = None

    @override
    def get_credentials(self) -> tuple[str, str]:
        """Return user and token; raises redis-py's `AuthenticationError` without credentials."""
        from botocore.exceptions import BotoCoreError

        try:
            frozen = self._credentials()
        except BotoCoreError as error:
            cause = f"the role's credentials cannot be had: {type(error).__name__}"
            raise AuthenticationError(cause) from error
        return self._who.user, self._token(frozen)

    @override
    def renew(self) -> bool:
        """Make another token for the next connection."""
        self._made = None
        return True

    def _token(self, frozen: Frozen) -> str:
        now = self._clock()
        if self._made is not None:
            signed_with, made_at, token = self._made
            if signed_with == frozen.access_key and 0 <= now - made_at < RENEW_S:
                return token
        token = presigned(self._who, frozen, now)
        self._made = frozen.access_key, now, token
        return token


def presigned(who: ServerlessUser, credentials: Frozen, at_s: float) -> str:
    """Return a token: a request that is signed as of some epoch seconds, without its scheme."""
    from awscrt.auth import (
        AwsCredentialsProvider,
        AwsSignatureType,
        AwsSigningConfig,
        aws_sign_request,
    )
    from awscrt.http import HttpHeaders, HttpRequest

    wanted = {"Action": "connect", "User": who.user, "ResourceType": "ServerlessCache"}
    request = HttpRequest("GET", f"/?{urlencode(wanted)}", HttpHeaders([("host", who.cache)]))
    config = AwsSigningConfig(
        signature_type=AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS,
        credentials_provider=AwsCredentialsProvider.new_static(
            credentials.access_key, credentials.secret_key, credentials.token
        ),
        region=who.region,
        service=SERVICE,
        date=datetime.fromtimestamp(at_s, UTC),
        expiration_in_seconds=EXPIRES_S,
    )
    signed = aws_sign_request(request, config).result()
    return f"{who.cache}{signed.path}"


def role_credentials() -> Callable[[], Frozen]:
    """Return what gives the credentials of the function's role, as they are at each call.

    On Lambda they are in the environment, and with SnapStart behind a local address where botocore
    renews them in time.
    """
    import boto3
    from botocore.exceptions import NoCredentialsError

    # The session of all other clients: a second one would take 10 ms of each cold start.
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    found = boto3.DEFAULT_SESSION.get_credentials()

    def frozen() -> Frozen:
        if found is None:
            raise NoCredentialsError
        now: Frozen = found.get_frozen_credentials()
        return now

    return frozen
