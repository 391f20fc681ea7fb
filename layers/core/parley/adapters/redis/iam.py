"""Logging in to ElastiCache as the function's role: a presigned request is the password.

A token is good for 15 minutes, but no longer than the credentials that signed it: whoever keeps
one for 14 is locked out once an hour, when the role's are renewed. So it is made anew after 5, and
with every change of credentials; to make one takes 0.1 ms and asks nobody. ElastiCache looks at it
when a connection begins; the connection then lasts 12 hours (`node.MAX_AGE_S`).

Signed by botocore, which every function with a Redis has loaded for DynamoDB or SQS anyway.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from redis.exceptions import AuthenticationError
from typing_extensions import override

from parley.adapters.redis.login import Account, Login

EXPIRES_S = 900
RENEW_S = 300
# AWS does not say how long it takes to look at a token; nothing else of the handshake is slow.
PATIENCE_S = 0.75
SERVICE = "elasticache"
_SCHEME = "https://"


class Frozen(Protocol):
    """Credentials of one moment, as botocore has them."""

    access_key: str
    secret_key: str
    token: str | None


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
        token = presigned(self._who, frozen)
        self._made = frozen.access_key, now, token
        return token


def presigned(who: ServerlessUser, credentials: Frozen) -> str:
    """Return a token: a presigned request without its scheme."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    wanted = {"Action": "connect", "User": who.user, "ResourceType": "ServerlessCache"}
    url = f"{_SCHEME}{who.cache}/?{urlencode(wanted)}"
    request = AWSRequest("GET", url)
    SigV4QueryAuth(credentials, SERVICE, who.region, expires=EXPIRES_S).add_auth(request)
    return str(request.url).removeprefix(_SCHEME)


def role_credentials() -> Callable[[], Frozen]:
    """Return what gives the credentials of the function's role, as they are at each call.

    On Lambda they are in the environment, and with SnapStart behind a local address where botocore
    renews them in time.
    """
    from botocore.exceptions import NoCredentialsError
    from botocore.session import get_session

    found: Any = get_session().get_credentials()

    def frozen() -> Frozen:
        if found is None:
            raise NoCredentialsError
        now: Frozen = found.get_frozen_credentials()
        return now

    return frozen
