"""The boto3 client of the stores: short timeouts, and no retries of its own."""

from typing import Any, Protocol, cast

import boto3
from botocore.config import Config

CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 2
MAX_CONNECTIONS = 50


class DynamoClient(Protocol):
    """The operations of ``boto3.client("dynamodb")`` that the stores use."""

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Read one item."""
        ...

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Read up to 100 items."""
        ...

    def query(self, **request: Any) -> dict[str, Any]:
        """Read items of one partition, up to 1 MB."""
        ...

    def scan(self, **request: Any) -> dict[str, Any]:
        """Read items of all partitions, up to 1 MB."""
        ...

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Write one item."""
        ...

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Change one item."""
        ...

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """Remove one item."""
        ...

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Do up to 100 writes, all or none."""
        ...


def dynamodb_client(
    endpoint_url: str | None = None, *, read_timeout_s: float = READ_TIMEOUT_S
) -> DynamoClient:
    """Return a client; make one for each process, it is safe to share between threads.

    It never retries: whether a write may be sent again is known to the stores only, and a hidden
    second try would turn "stored" into "condition failed".

    Args:
        endpoint_url: An emulator; by default AWS, in the region of the environment.
        read_timeout_s: How long to wait for an answer.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=MAX_CONNECTIONS,
        tcp_keepalive=True,
    )
    return cast(DynamoClient, boto3.client("dynamodb", endpoint_url=endpoint_url, config=config))
