"""Secrets by ARN: settings name them, and only this module reads them."""

from functools import cache
from typing import Any

from parley.errors import SecretUnreadable


@cache
def secret_value(arn: str) -> str:
    """Return a secret's string from Secrets Manager; one request for each process and secret.

    Raises:
        SecretUnreadable: It cannot be read, or is binary.
    """
    from botocore.config import Config

    return _read(arn, Config(connect_timeout=1, read_timeout=3))


def secret_now(arn: str) -> str:
    """Return a secret's string as it is now: one request, half a second at most.

    For who waits with somebody's command in hand.

    Raises:
        SecretUnreadable: It cannot be read, or is binary.
    """
    from botocore.config import Config

    once = {"mode": "standard", "total_max_attempts": 1}
    return _read(arn, Config(connect_timeout=0.2, read_timeout=0.3, retries=once))


def _read(arn: str, config: Any) -> str:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("secretsmanager", config=config)
        secret = client.get_secret_value(SecretId=arn).get("SecretString")
    except (BotoCoreError, ClientError) as exc:
        raise SecretUnreadable(f"secret {arn} cannot be read: {type(exc).__name__}") from exc
    if not isinstance(secret, str) or not secret:
        raise SecretUnreadable(f"secret {arn} holds no string")
    return secret
