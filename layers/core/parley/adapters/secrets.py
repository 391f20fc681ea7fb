"""Secrets by ARN: settings name them, and only this module reads them."""

from functools import cache

from parley.errors import BadSetting


@cache
def secret_value(arn: str) -> str:
    """Return a secret's string from Secrets Manager; one request for each process and secret.

    Raises:
        BadSetting: It cannot be read, or is binary.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("secretsmanager", config=Config(connect_timeout=1, read_timeout=3))
        secret = client.get_secret_value(SecretId=arn).get("SecretString")
    except (BotoCoreError, ClientError) as exc:
        raise BadSetting(f"secret {arn} cannot be read: {type(exc).__name__}") from exc
    if not isinstance(secret, str) or not secret:
        raise BadSetting(f"secret {arn} holds no string")
    return secret
