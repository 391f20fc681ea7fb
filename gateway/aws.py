"""The one place that touches boto3, which has no types: clients, and calls off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_Result = TypeVar("_Result")
_MAX_THREADS = 64


class AwsError(Exception):
    """Raised when AWS, or its emulator, refuses a call or cannot be reached."""

    def __init__(self, code: str, message: str) -> None:
        """Keep AWS's code, `Unreachable` when there was no answer."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Aws:
    """Makes clients for one endpoint and runs their calls in threads of its own."""

    def __init__(self, endpoint_url: str | None, region: str) -> None:
        """Use an emulator, for which credentials are made up, or real AWS with real ones."""
        credentials = (
            {}
            if endpoint_url is None
            else {
                "aws_access_key_id": "local",
                "aws_secret_access_key": "local",
            }
        )
        self._session = boto3.session.Session(region_name=region, **credentials)
        self._endpoint_url = endpoint_url
        # Event sources repeat their calls themselves, and have to notice a restarted emulator.
        self._config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=3,
            read_timeout=60,
            max_pool_connections=_MAX_THREADS,
        )
        self._threads = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="gateway-aws")

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self._session.client(service, endpoint_url=self._endpoint_url, config=self._config)

    async def call(self, function: Callable[..., _Result], **arguments: Any) -> _Result:
        """Run one blocking call in a thread.

        Raises:
            AwsError: In place of botocore's exceptions.
        """

        def run() -> _Result:
            return function(**arguments)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except ClientError as exc:
            error = exc.response.get("Error", {})
            raise AwsError(error.get("Code", "Unknown"), error.get("Message", "")) from exc
        except BotoCoreError as exc:
            raise AwsError("Unreachable", str(exc)) from exc

    def close(self) -> None:
        """Start no more calls; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
