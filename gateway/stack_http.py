"""Reads HTTP APIs from resolved resources, plain ApiGatewayV2 ones and SAM's events. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.config import MAX_INTEGRATION_TIMEOUT_S
from gateway.model import Cors, HttpApi, HttpRoute
from gateway.references import FUNCTION_TYPE
from gateway.template import Json

IMPLICIT_API = "ServerlessHttpApi"
"""Logical id of the API that SAM makes for events that name none."""


def http_apis(resources: Json, function_of: Callable[[Any], str]) -> list[HttpApi]:
    """All HTTP APIs of a template.

    Args:
        resources: What `derive.resolved_resources` gave.
        function_of: Gives the function's logical id for an integration URI.
    """
    plain = [
        _plain_api(api_id, properties, resources, function_of)
        for api_id, properties in _of_type(resources, "AWS::ApiGatewayV2::Api")
        if properties.get("ProtocolType") == "HTTP"
    ]
    return plain + list(_sam_apis(resources))


def _of_type(resources: Json, kind: str) -> Iterator[tuple[str, Json]]:
    for logical_id, resource in resources.items():
        if resource["Type"] == kind:
            yield logical_id, resource["Properties"]


def _plain_api(
    api_id: str, properties: Json, resources: Json, function_of: Callable[[Any], str]
) -> HttpApi:
    integrations = dict(_of_type(resources, "AWS::ApiGatewayV2::Integration"))
    routes = []
    for _, route in _of_type(resources, "AWS::ApiGatewayV2::Route"):
        if route.get("ApiId") != api_id:
            continue
        integration = integrations[str(route.get("Target")).removeprefix("integrations/")]
        routes.append(
            HttpRoute(
                key=str(route["RouteKey"]),
                function=function_of(integration.get("IntegrationUri")),
                timeout_s=_timeout_s(integration.get("TimeoutInMillis")),
            )
        )
    stages = [
        stage
        for _, stage in _of_type(resources, "AWS::ApiGatewayV2::Stage")
        if stage.get("ApiId") == api_id
    ]
    stage = str(stages[0].get("StageName", "$default")) if stages else "$default"
    return HttpApi(api_id, stage, tuple(routes), _cors(properties.get("CorsConfiguration")))


def _sam_apis(resources: Json) -> Iterator[HttpApi]:
    declared = dict(_of_type(resources, "AWS::Serverless::HttpApi"))
    routes: dict[str, list[HttpRoute]] = {api_id: [] for api_id in declared}
    for function, properties in _of_type(resources, FUNCTION_TYPE):
        for event in (properties.get("Events") or {}).values():
            if event.get("Type") == "HttpApi":
                details = event.get("Properties") or {}
                api_id = str(details.get("ApiId", IMPLICIT_API))
                routes.setdefault(api_id, []).append(_sam_route(function, details))
    for api_id, found in routes.items():
        properties = declared.get(api_id, {})
        stage = str(properties.get("StageName", "$default"))
        yield HttpApi(api_id, stage, tuple(found), _cors(properties.get("CorsConfiguration")))


def _sam_route(function: str, details: Json) -> HttpRoute:
    path = details.get("Path")
    method = str(details.get("Method", "ANY")).upper()
    key = f"{'ANY' if method == 'X-AMAZON-APIGATEWAY-ANY-METHOD' else method} {path}"
    return HttpRoute(
        key if path else "$default", function, _timeout_s(details.get("TimeoutInMillis"))
    )


def _timeout_s(milliseconds: Any) -> float:
    if milliseconds is None:
        return MAX_INTEGRATION_TIMEOUT_S
    return min(float(milliseconds) / 1000, MAX_INTEGRATION_TIMEOUT_S)


def _cors(configuration: Any) -> Cors | None:
    if not isinstance(configuration, dict):
        return None
    max_age = configuration.get("MaxAge")
    return Cors(
        allow_origins=_texts(configuration.get("AllowOrigins")),
        allow_methods=_texts(configuration.get("AllowMethods")),
        allow_headers=_texts(configuration.get("AllowHeaders")),
        expose_headers=_texts(configuration.get("ExposeHeaders")),
        allow_credentials=str(configuration.get("AllowCredentials", False)).lower() == "true",
        max_age_s=int(max_age) if max_age is not None else None,
    )


def _texts(values: Any) -> tuple[str, ...]:
    if isinstance(values, str):
        # A list parameter comes back from CloudFormation as one comma-separated text.
        return tuple(part.strip() for part in values.split(",") if part.strip())
    return tuple(map(str, values or ()))
