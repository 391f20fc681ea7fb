"""Runs ministack, and makes it answer as AWS does where Parley would notice the difference.

A script for the emulator's own environment, which has nothing of ours. Each replacement says which
rule of AWS it restores; whatever else differs stays as it is, and tests must live with it.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import apigateway, dynamodb, lambda_svc
from ministack.services.cloudformation import changesets, engine, handlers, provisioners

Json = dict[str, Any]
Send = Callable[[Json], Awaitable[None]]

# --- DynamoDB: the one kind of query that Parley makes, judged without a parser -------------------
#
# ministack looks at every item of a partition for each query, and parses the condition anew for
# each item: 84 µs, so that a room of 10,000 messages would take a second where AWS takes
# milliseconds.

RANGE = "pk = :pk AND sk BETWEEN :low AND :high"
SLOT = "KeyConditionExpression"

_evaluate = dynamodb._evaluate_condition


def evaluate(
    expression: str,
    item: Json,
    values: Json,
    names: dict[str, str],
    slot: str = "ConditionExpression",
) -> bool:
    """Judge an item; the request itself was checked before the first one."""
    if expression != RANGE or slot != SLOT:
        return bool(_evaluate(expression, item, values, names, slot=slot))
    low, high = values[":low"]["S"], values[":high"]["S"]
    return bool(item["pk"] == values[":pk"] and low <= item["sk"]["S"] <= high)


# --- CloudFormation -------------------------------------------------------------------------------

API = "AWS::ApiGatewayV2::Api"
AUTHORIZER = "AWS::ApiGatewayV2::Authorizer"
ROUTE_RESPONSE = "AWS::ApiGatewayV2::RouteResponse"


def create_route_response(_logical_id: str, properties: Json, _stack: str) -> tuple[str, Json]:
    """Create what ministack has in its API, but not in its CloudFormation."""
    api_id = properties["ApiId"]
    # A route's `Ref` is its id; ministack's says the API's too.
    route_id = properties["RouteId"].rpartition("/")[2]
    wanted = {"routeResponseKey": properties["RouteResponseKey"]}
    status, _, body = apigateway._create_route_response(api_id, route_id, wanted)
    if status >= 400:
        raise ValueError(body.decode())
    made = json.loads(body)["routeResponseId"]
    return f"{api_id}/{route_id}/{made}", {"RouteResponseId": made}


def delete_route_response(physical_id: str, _properties: Json) -> None:
    """Delete it; that there is none any more is fine."""
    apigateway._delete_route_response(*physical_id.split("/"))


def without_identity_source(properties: Json) -> Json:
    """Ask the authorizer about everybody, unless the template names an identity source.

    ministack would look for the header `Authorization`, which browsers cannot send.
    """
    return {"IdentitySource": [], **properties}


def with_cors(properties: Json) -> Json:
    """Give an API's CORS rules the names by which ministack reads them when a page asks."""
    rules = properties.get("CorsConfiguration") or {}
    named = {name[0].lower() + name[1:]: rule for name, rule in rules.items()}
    return {**properties, "CorsConfiguration": named}


def adjusted(
    handle: Callable[..., Any], place: int, adjust: Callable[[Json], Json]
) -> Callable[..., Any]:
    """Let a resource type's handler see other properties at this place of its arguments."""

    def handle_adjusted(*arguments: Any) -> Any:
        before, properties, after = arguments[:place], arguments[place], arguments[place + 1 :]
        return handle(*before, adjust(properties), *after)

    return handle_adjusted


_alarm_record = provisioners._cw_metric_alarm_record


def alarm_record(name: str, properties: Json) -> Any:
    """Take alarms over several metrics, which ministack refuses: by the first, and silenced."""
    queries = properties.get("Metrics")
    if not queries:
        return _alarm_record(name, properties)
    first = next(query["MetricStat"] for query in queries if "MetricStat" in query)
    shown = {**properties, **first["Metric"], "Period": first["Period"], "ActionsEnabled": False}
    return _alarm_record(name, {**shown, "Metrics": None})


_apply_transforms = engine._apply_transforms
_one_at_a_time = threading.Lock()


def apply_transforms(template: Json, provided: Any = None, previous: Any = None) -> Any:
    """Let SAM's transform see the parameters' values, which say what it makes; not the defaults."""
    if engine._SAM_TRANSFORM not in engine.declared_transforms(template):
        return _apply_transforms(template, provided, previous)
    # Only here: it takes long, and whoever deploys tables alone does without.
    from samtranslator.translator import transform as sam

    values = engine._transform_parameters(template, provided, previous)
    with _one_at_a_time:
        transform = sam.transform
        sam.transform = lambda fragment, _, policies: transform(fragment, values, policies)
        try:
            return _apply_transforms(template, provided, previous)
        finally:
            sam.transform = transform


# --- Lambda ---------------------------------------------------------------------------------------

ADDRESS = re.compile(r"https://([0-9a-f]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=/|$)")

_worker_class_for = lambda_runtime._worker_class_for


def worker_class_for(config: Json) -> Callable[[str, Json, bytes], Any]:
    """Let functions find this machine's APIs, where AWS's name servers would lead them to AWS's."""
    make = _worker_class_for(config)
    here = rf"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_aws/execute-api/\1"

    def made(name: str, config: Json, code: bytes) -> Any:
        variables = config.get("Environment", {}).get("Variables", {})
        led = {key: ADDRESS.sub(here, value) for key, value in variables.items()}
        return make(name, {**config, "Environment": {"Variables": led}}, code)

    return made


_get_or_create_worker = lambda_runtime.get_or_create_worker


def get_or_create_worker(name: str, config: Json, code: bytes, **_alias: str) -> Any:
    """Let a route that names an alias run the version that this is now, in the same processes.

    ministack would start one for the alias, and keep it when the alias moves on.
    """
    return _get_or_create_worker(name, config, code, qualifier=config.get("Version", "$LATEST"))


# --- WebSocket APIs -------------------------------------------------------------------------------


class UnauthorizedError(Exception):
    """An authorizer raised it: API Gateway answers 401, ministack 500."""


_execute_function = lambda_svc._execute_function_with_config_scope
_authorize = apigateway._authorize_ws_connect
_invoke = apigateway._invoke_ws_lambda
_handle = apigateway.handle_websocket

_is_authorizing: ContextVar[bool] = ContextVar("is_authorizing", default=False)
# What `$connect` returned, of the handshake that is being handled.
_connected: ContextVar[Json] = ContextVar("connected")


def execute_function(function: Json, event: Json) -> Json:
    """Tell an authorizer's "Unauthorized" from its failures."""
    result: Json = _execute_function(function, event)
    if _is_authorizing.get() and result.get("error"):
        body = result.get("body")
        if isinstance(body, dict) and body.get("errorMessage") == "Unauthorized":
            raise UnauthorizedError
    return result


async def authorize(*arguments: Any) -> tuple[tuple[int, str] | None, Json | None]:
    """Run the authorizer."""
    authorizing = _is_authorizing.set(True)
    try:
        refusal, context = await _authorize(*arguments)
    except UnauthorizedError:
        return (401, "Unauthorized"), None
    finally:
        _is_authorizing.reset(authorizing)
    return refusal, context


async def invoke(
    api_id: str, account: str, region: str, route: Json, *more: Any, **named: Any
) -> Any:
    """Keep what `$connect` returns; drop what a route without a route response returns."""
    result = await _invoke(api_id, account, region, route, *more, **named)
    if route["routeKey"] == "$connect":
        _connected.get().update(result or {})
        return result
    responses = apigateway._route_responses.get(api_id, {}).get(route["routeId"])
    return result if responses else None


async def handle_websocket(
    scope: Json, receive: Any, send: Send, api_id: str, path_override: str | None = None
) -> None:
    """Let clients see what `$connect` returned: the status that refuses, or the subprotocol."""
    answer: Json = {}
    _connected.set(answer)
    is_open = False

    async def send_answer(message: Json) -> None:
        nonlocal is_open
        kind, status = message["type"], int(answer.get("statusCode", 200))
        if kind == "websocket.accept":
            is_open = True
            headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
            message = {**message, "subprotocol": headers.get("sec-websocket-protocol")}
        elif kind == "websocket.close" and not is_open and status >= 300:
            await apigateway._refuse_ws_handshake(scope, send, status, "Refused", "", "")
            return
        await send(message)

    await _handle(scope, receive, send_answer, api_id, path_override)


def behave_as_aws() -> None:
    """Put everything in its place."""
    dynamodb._evaluate_condition = evaluate
    lambda_runtime._worker_class_for = worker_class_for
    lambda_runtime.get_or_create_worker = get_or_create_worker
    lambda_svc._execute_function_with_config_scope = execute_function
    apigateway._authorize_ws_connect = authorize
    apigateway._invoke_ws_lambda = invoke
    apigateway.handle_websocket = handle_websocket
    handlers._apply_transforms = changesets._apply_transforms = apply_transforms
    provisioners._cw_metric_alarm_record = alarm_record
    made = provisioners._RESOURCE_HANDLERS
    made[ROUTE_RESPONSE] = {"create": create_route_response, "delete": delete_route_response}
    for kind, adjust in ((AUTHORIZER, without_identity_source), (API, with_cors)):
        for change, place in (("create", 1), ("update", 2)):
            made[kind][change] = adjusted(made[kind][change], place, adjust)


if __name__ == "__main__":
    behave_as_aws()
    main()
