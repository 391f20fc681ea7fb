"""Redis as it is on AWS, with the client of Parley as it is set up there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.iam import IamLogin, ServerlessUser
from tests.contract.certificates import self_signed
from tests.support.faults.serverless import Serverless
from tests.support.sigv4 import Key, TokenJudge

# No test but those of the timeout itself may fail because the machine is busy.
PATIENT_S = 20
KEY = Key("ASIAEXAMPLE", "a/secret+key", "a/session+token==")
WHO = ServerlessUser("parley-user", "parley-cache", "eu-central-1")


@dataclass(frozen=True, slots=True)
class OnAws:
    """A serverless cache as on AWS, and what its users trust.

    Attributes:
        authority: The file of who vouches for its certificate.
    """

    cache: Serverless
    authority: Path

    def admin(self) -> Any:
        """Return a client that may do what Parley never does."""
        return self.cache.admin()

    def client(self, login: IamLogin | None = None, **options: Any) -> RedisClient:
        """Return Parley's own client, as it is set up on AWS."""
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SSL_CERT_FILE", str(self.authority))
            return RedisClient(
                self.cache.url,
                login=login or IamLogin(WHO, lambda: KEY, options.get("clock", time.time)),
                **{"cluster": True, "timeout_s": PATIENT_S, **options},
            )


@contextmanager
def on_aws(folder: Path) -> Iterator[OnAws]:
    """Run a serverless cache until the end of the block."""
    tls, authority = self_signed(folder)
    judge = TokenJudge(WHO.cache, WHO.user, WHO.region, {KEY.access_key: KEY})
    with Serverless(folder, judge, tls) as cache:
        yield OnAws(cache, authority)
