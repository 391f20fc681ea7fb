"""Field types that commands, replies and events share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from parley.protocol.strict import MAX_INTEGER
from parley.protocol.wellformed import is_external_id


class Wire(BaseModel):
    """Base of all shapes on the wire: camelCase names, frozen."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, frozen=True
    )


class Input(Wire):
    """Base of what clients send: unknown fields and loose types are refused (SPEC §3)."""

    model_config = ConfigDict(extra="forbid", strict=True)


def rfc3339(moment: datetime) -> str:
    """Write a time as SPEC §3 asks: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _external_id(value: str) -> str:
    if not is_external_id(value):
        raise ValueError("must be NFC and free of control characters")
    return value


# For those who read the schemas; what decides is a validator, here or in a service.
_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
ID_HINT = Field(json_schema_extra={"pattern": f"^[^{_CONTROLS}]*$", "format": "external-id"})
NAME_HINT = Field(json_schema_extra={"format": "display-name"})
LINE_HINT = Field(json_schema_extra={"pattern": f"^[^{_CONTROLS}]*$"})
BODY_HINT = Field(json_schema_extra={"pattern": r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"})
ADDRESS_HINT = Field(json_schema_extra={"pattern": rf"^https://[^\s{_CONTROLS}]*$"})

Timestamp = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
ExternalId = Annotated[
    str, StringConstraints(min_length=1, max_length=128), AfterValidator(_external_id), ID_HINT
]
ClientId = Annotated[
    str, StringConstraints(min_length=1, max_length=64), AfterValidator(_external_id), ID_HINT
]
# Any string: what cannot be one of our ids is NOT_FOUND, exactly like one that does not exist.
OwnId = str
Seq = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Limit = Annotated[int, Field(ge=1, le=100)]
# Base64 of a place in a listing, such as a tenant's and a user's id of 128 characters of 4 bytes.
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
