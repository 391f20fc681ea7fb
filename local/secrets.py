"""The secret that signs and verifies tokens on this machine."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import StartError

SECRET_NAME = "parley-local-jwt"  # noqa: S105 - its name, not its value
_SECRET_BYTES = 32


def kept_secret(path: Path) -> str:
    """The secret of earlier runs, or else a new one: 64 hexadecimal digits.

    Args:
        path: The file that holds it, readable by its owner only.
    """
    if not path.exists():
        # Readable by its owner from the first byte on, and never half written under its name.
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_SECRET_BYTES))
        draft.rename(path)
    return path.read_text()


def publish(secret: str, endpoint_url: str | None, region: str) -> str:
    """Have the secret in Secrets Manager, where the authorizer reads it; gives its ARN.

    Args:
        secret: Its value.
        endpoint_url: The emulator; None is real AWS.
        region: The region to keep it in.

    Raises:
        StartError: When Secrets Manager refuses.
    """
    made_up = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    try:
        client = boto3.client(
            "secretsmanager",
            endpoint_url=endpoint_url,
            region_name=region,
            **(made_up if endpoint_url else {}),
        )
        try:
            known = client.get_secret_value(SecretId=SECRET_NAME)
        except client.exceptions.ResourceNotFoundException:
            return str(client.create_secret(Name=SECRET_NAME, SecretString=secret)["ARN"])
        if known["SecretString"] != secret:
            client.put_secret_value(SecretId=SECRET_NAME, SecretString=secret)
        return str(known["ARN"])
    except (BotoCoreError, ClientError) as error:
        raise StartError(f"the token secret cannot be kept in Secrets Manager: {error}") from error
