"""What tokens and Redis are opened with: secrets, and key sets by URL."""

from __future__ import annotations

from collections.abc import Iterator

from cli.doctor.findings import Check, Finding, Patient, fail, ok, warn
from cli.errors import CliError
from cli.tokens import MIN_SECRET_BYTES, read_secret, secret_arn

_CREATE = "create it, or deploy with the ARN of the one that is meant"


def look_at_token_secret(patient: Patient) -> Iterator[Finding]:
    """Judge the HS256 secret, where tokens are verified with one."""
    parameters, name = patient.parameters, "token secret"
    if parameters.get("JwtAlgorithm", "HS256") != "HS256":
        return
    arn = secret_arn(patient.target)
    if not arn:
        if not parameters.get("IntrospectionUrl"):
            yield fail(name, "no token can be verified: JwtSecretArn is empty", _CREATE)
        return
    size = len(read_secret(patient.target.aws, arn).encode())
    if size < MIN_SECRET_BYTES:
        yield fail(
            name,
            f"the token secret has {size} bytes, and every token is refused",
            f"put at least {MIN_SECRET_BYTES} random bytes into it, and sign with them",
        )
    else:
        yield ok(name, f"the token secret is there and has {size} bytes")


def look_at_redis_secret(patient: Patient) -> Iterator[Finding]:
    """Judge the secret that holds the URL of an external Redis."""
    arn, name = patient.parameters.get("RedisSecretArn", ""), "redis secret"
    if not arn or patient.parameters.get("RedisMode", "external") != "external":
        return
    url = read_secret(patient.target.aws, arn)
    if url.startswith("rediss://"):
        yield ok(name, "the secret of the Redis is there and holds a rediss:// URL")
    elif url.startswith("redis://"):
        yield warn(name, "the Redis is spoken to without TLS (redis://)", "use its rediss:// URL")
    else:
        yield fail(name, "the secret of the Redis holds no URL", "put its rediss:// URL into it")


def look_at_introspection_secret(patient: Patient) -> Iterator[Finding]:
    """Judge the secret that opaque tokens are asked about with."""
    arn = patient.parameters.get("IntrospectionSecretArn", "")
    if patient.parameters.get("IntrospectionUrl") and arn:
        read_secret(patient.target.aws, arn)
        yield ok("introspection secret", "the secret for the introspection URL is there")


def look_at_key_set(patient: Patient) -> Iterator[Finding]:
    """Fetch the key set as the authorizer does; from this machine, that is."""
    from parley.adapters.tokens.fetch import FetchError, checked_url, fetch
    from parley.adapters.tokens.jwks import usable_keys
    from parley.errors import BadSetting

    algorithm = patient.parameters.get("JwtAlgorithm", "HS256")
    if algorithm == "HS256":
        return
    url = patient.parameters.get("JwksUrl", "")
    try:
        keys = usable_keys(fetch(checked_url(url)), algorithm)
    except (FetchError, BadSetting) as exc:
        raise CliError(f"no key of {url or 'an empty JwksUrl'} can be used: {exc}") from exc
    yield ok("key set", f"{url} has {len(keys)} usable keys for {algorithm}")


CHECKS = (
    Check("token secret", look_at_token_secret, _CREATE),
    Check("redis secret", look_at_redis_secret, _CREATE),
    Check("introspection secret", look_at_introspection_secret, _CREATE),
    Check("key set", look_at_key_set, "see that the issuer publishes keys there, open to all"),
)
