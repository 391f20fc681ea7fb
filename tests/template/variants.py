"""Ways to deploy, each with its parameters: every mode of Redis, and every option once."""

from collections.abc import Mapping

_ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
_SECRET = _ARN.format("secretsmanager", "secret:{}-AbCdEf")
_CERTIFICATE = _ARN.format("acm", "certificate/12345678-1234-1234-1234-123456789012")

VPC: Mapping[str, str] = {}
IPV6 = {"VpcEgress": "ipv6", "ZoneA": "eu-west-1b", "ZoneB": "eu-west-1c"}
PUBLIC = {"RedisMode": "public"}
EXTERNAL = {"RedisMode": "external", "RedisSecretArn": _SECRET.format("redis")}

# All that is off by default, at once.
EVERYTHING = {
    "JwtSecretArn": _SECRET.format("jwt"),
    "IntrospectionUrl": "https://login.example.com/introspect",
    "IntrospectionClientId": "parley",
    "IntrospectionSecretArn": _SECRET.format("introspection"),
    "AllowedOrigins": "https://app.example.com,https://www.example.com",
    "WebSocketDomainName": "chat.example.com",
    "WebSocketCertificateArn": _CERTIFICATE,
    "RestDomainName": "chat-api.example.com",
    "RestCertificateArn": _CERTIFICATE,
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    "AccessLogs": "both",
    "ManageApiGatewayAccount": "true",
    "AlarmEmail": "ops@example.com",
    "Tracing": "true",
    "ReservedConcurrency": "20",
}
# Nothing that can be left out; what the emulator is given.
LEAST = {
    **EXTERNAL,
    "JwtAlgorithm": "RS256",
    "JwksUrl": "https://login.example.com/.well-known/jwks.json",
    "AccessLogs": "none",
    "AlarmsEnabled": "false",
    "GradualDeployments": "false",
    "ProtectData": "false",
}

VARIANTS: Mapping[str, Mapping[str, str]] = {
    "vpc": VPC,
    "vpc-ipv6": IPV6,
    "public": PUBLIC,
    "external": EXTERNAL,
    "everything": EVERYTHING,
    "least": LEAST,
}
