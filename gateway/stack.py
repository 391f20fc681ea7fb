"""Turns resolved resources into the model of what to run. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.addresses import Addresses
from gateway.config import MAX_INTEGRATION_TIMEOUT_S, GatewayError
from gateway.filters import UnknownFilterError, read_patterns
from gateway.model import (
    Authorizer,
    Function,
    HttpApi,
    QueueSource,
    Route,
    Schedule,
    Stack,
    StreamSource,
    WebSocketApi,
)
from gateway.references import FUNCTION_TYPE
from gateway.stack_http import http_apis
from gateway.template import Json

_RATE = re.compile(r"rate\(\s*(\d+)\s+(second|minute|hour|day)s?\s*\)")
_UNIT_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_SAM_ROUTE_NAMES = {"$connect": "Connect", "$disconnect": "Disconnect", "$default": "Default"}


def build_stack(resources: Json, base_dir: Path, stack_name: str) -> Stack:
    """Build the model.

    Args:
        resources: What `derive.resolved_resources` gave.
        base_dir: The template's folder, to which code paths are relative.
        stack_name: The one that function names begin with.

    Raises:
        GatewayError: When something is missing that nothing can run without.
    """
    reader = _Reader(resources, base_dir, stack_name)
    sockets = tuple(reader.websocket_apis())
    http = http_apis(resources, reader.function_of)
    if len(http) > 1:
        raise GatewayError("template has more than one HTTP API; the gateway mounts one")
    events = list(reader.events())
    return Stack(
        functions={f.logical_id: f for f in reader.functions()},
        websocket_apis=sockets,
        http_api=http[0] if http else None,
        schedules=tuple(e for e in events if isinstance(e, Schedule)),
        queues=tuple(e for e in events if isinstance(e, QueueSource)),
        streams=tuple(e for e in events if isinstance(e, StreamSource)),
        warnings=tuple(e for e in events if isinstance(e, str)),
    )


def api_mounts(stack: Stack, http_prefix: str) -> dict[str, str]:
    """Path below the gateway's address at which each API's root is found, by API id."""
    mounts = {api.api_id: "" for api in stack.websocket_apis}
    http: HttpApi | None = stack.http_api
    return {**mounts, http.api_id: http_prefix} if http else mounts


def environment_of(
    function: Function, addresses: Addresses, overrides: Mapping[str, str]
) -> dict[str, str]:
    """Variables of a function: the template's with local addresses, then the overrides."""
    own = {key: addresses.localized(value) for key, value in function.environment.items()}
    return {**own, **overrides}


def is_true(value: Any) -> bool:
    """Read a boolean property, which may have come back from CloudFormation as text."""
    return str(value).lower() == "true"


@dataclass(frozen=True, slots=True)
class _Reader:
    resources: Json
    base_dir: Path
    stack_name: str

    def _of_type(self, *kinds: str) -> Iterator[tuple[str, Json]]:
        for logical_id, resource in self.resources.items():
            if resource["Type"] in kinds:
                yield logical_id, resource["Properties"]

    def function_of(self, arn: Any) -> str:
        """Logical id of the function in an ARN or integration URI."""
        found = re.search(rf"function:{re.escape(self.stack_name)}-([A-Za-z0-9]+)", str(arn))
        if found is None or found[1] not in self.resources:
            raise GatewayError(f"template refers to {arn}, which is none of its functions")
        return found[1]

    def functions(self) -> Iterator[Function]:
        for logical_id, properties in self._of_type(FUNCTION_TYPE):
            variables = (properties.get("Environment") or {}).get("Variables") or {}
            yield Function(
                logical_id=logical_id,
                name=f"{self.stack_name}-{logical_id}",
                handler=str(properties.get("Handler", "")),
                code_dir=self._directory(logical_id, properties.get("CodeUri", ".")),
                layer_dirs=tuple(self._layers(properties.get("Layers") or [])),
                environment={key: _as_variable(value) for key, value in variables.items()},
                timeout_s=float(properties.get("Timeout", 3)),
                memory_mb=int(properties.get("MemorySize", 128)),
            )

    def _layers(self, layers: list[Any]) -> Iterator[Path]:
        # A layer given by ARN is somebody's package: it has to be installed here already.
        for layer in layers:
            resource = self.resources.get(str(layer))
            if resource is not None:
                yield self._directory(str(layer), resource["Properties"].get("ContentUri", "."))

    def _directory(self, logical_id: str, uri: Any) -> Path:
        path = (self.base_dir / str(uri)).resolve()
        if not isinstance(uri, str) or not path.is_dir():
            raise GatewayError(f"{logical_id}: its code folder {uri} does not exist")
        return path

    def websocket_apis(self) -> Iterator[WebSocketApi]:
        answering = {
            properties.get("RouteId")
            for _, properties in self._of_type("AWS::ApiGatewayV2::RouteResponse")
            if properties.get("RouteResponseKey") == "$default"
        }
        for api_id, properties in self._of_type("AWS::Serverless::WebSocketApi"):
            routes = {
                key: self._route(api_id, key, route, answering)
                for key, route in (properties.get("Routes") or {}).items()
            }
            yield WebSocketApi(
                api_id=api_id,
                stage=str(properties.get("StageName", "default")),
                selection_expression=str(properties.get("RouteSelectionExpression", "")),
                routes=routes,
                authorizer=self._authorizer(properties.get("Auth") or {}),
            )

    def _route(self, api_id: str, key: str, route: Json, answering: set[Any]) -> Route:
        sam_name = _SAM_ROUTE_NAMES.get(key, key.capitalize())
        selects = route.get("RouteResponseSelectionExpression") == "$default"
        timeout_ms = float(route.get("IntegrationTimeout", MAX_INTEGRATION_TIMEOUT_S * 1000))
        return Route(
            key=key,
            function=self.function_of(route.get("FunctionArn")),
            timeout_s=min(timeout_ms / 1000, MAX_INTEGRATION_TIMEOUT_S),
            two_way=selects and f"{api_id}{sam_name}Route" in answering,
        )

    def _authorizer(self, auth: Json) -> Authorizer | None:
        if auth.get("AuthType") != "CUSTOM":
            return None
        sources = auth.get("IdentitySource") or []
        listed = [sources] if isinstance(sources, str) else sources
        return Authorizer(self.function_of(auth.get("AuthArn")), tuple(map(str, listed)))

    def events(self) -> Iterator[Schedule | QueueSource | StreamSource | str]:
        """Event sources of all functions; a text is a warning about one that cannot run here."""
        for logical_id, properties in self._of_type(FUNCTION_TYPE):
            for name, event in (properties.get("Events") or {}).items():
                source = _event_source(logical_id, event.get("Type"), event.get("Properties", {}))
                if isinstance(source, str):
                    yield f"{logical_id}: event {name} is not run: {source}"
                elif source is not None:
                    yield source


def _event_source(
    function: str, kind: Any, properties: Json
) -> Schedule | QueueSource | StreamSource | str | None:
    if "Enabled" in properties and not is_true(properties["Enabled"]):
        return None
    match kind:
        case "Schedule" | "ScheduleV2":
            return _schedule(function, kind, properties)
        case "SQS":
            return _queue(function, properties)
        case "DynamoDB":
            return _stream(function, properties)
        case "HttpApi":
            return None
    return f"no support for {kind}"


def _schedule(function: str, kind: str, properties: Json) -> Schedule | str | None:
    if str(properties.get("State", "ENABLED")).startswith("DISABLED"):
        return None
    expression = str(properties.get("ScheduleExpression", properties.get("Schedule", "")))
    found = _RATE.fullmatch(expression.strip())
    if found is None:
        return f"the expression {expression} is no rate(…)"
    event: Any = None if kind == "Schedule" else {}
    if "Input" in properties:
        event = json.loads(properties["Input"])
    return Schedule(function, float(int(found[1]) * _UNIT_S[found[2]]), event)


def _queue(function: str, properties: Json) -> QueueSource | str:
    if "FilterCriteria" in properties:
        return "FilterCriteria of a queue is not evaluated"
    scaling = properties.get("ScalingConfig") or {}
    limit = scaling.get("MaximumConcurrency")
    return QueueSource(
        function=function,
        queue_arn=str(properties["Queue"]),
        batch_size=int(properties.get("BatchSize", 10)),
        partial_failures=_reports_failures(properties),
        max_concurrency=int(limit) if limit is not None else None,
    )


def _stream(function: str, properties: Json) -> StreamSource | str:
    try:
        patterns = read_patterns(properties.get("FilterCriteria"))
    except UnknownFilterError as exc:
        return str(exc)
    retries = int(properties.get("MaximumRetryAttempts", -1))
    return StreamSource(
        function=function,
        stream_arn=str(properties["Stream"]),
        batch_size=int(properties.get("BatchSize", 100)),
        starting_position=str(properties.get("StartingPosition", "TRIM_HORIZON")),
        partial_failures=_reports_failures(properties),
        bisect=is_true(properties.get("BisectBatchOnFunctionError", False)),
        max_retries=None if retries < 0 else retries,
        window_s=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        patterns=patterns,
    )


def _reports_failures(properties: Json) -> bool:
    return "ReportBatchItemFailures" in (properties.get("FunctionResponseTypes") or [])


def _as_variable(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
