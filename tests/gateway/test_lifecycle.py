"""Start and stop: errors in one line, values from the emulator, clocks, restarts, inline."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway import GatewayError
from tests.gateway.harness import (
    ROOT,
    Client,
    Emulator,
    RunningGateway,
    free_port,
    open_client,
)

pytestmark = pytest.mark.gateway


def mentions(text: str) -> Callable[[Any], bool]:
    return lambda event: text in str(event)


PLAIN = """
Resources:
  Sockets:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: v1
      RouteSelectionExpression: $request.body.action
      Routes:
        echo:
          FunctionArn: arn:aws:lambda:us-east-1:000000000000:function:plain-Echo
          RouteResponseSelectionExpression: $default
  EchoResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {RouteId: SocketsEchoRoute, RouteResponseKey: $default}
  Echo:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: HANDLER}
"""
PLAIN_CODE = '''
"""Answers with its process id."""

import json
import os


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"pid": os.getpid(), "context": event})}
'''


def plain_gateway(folder: Path, handler: str = "app.handler", **options: Any) -> RunningGateway:
    """A gateway for a template that nobody needs to resolve: no emulator."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code/app.py").write_text(PLAIN_CODE)
    template = folder / "template.yaml"
    template.write_text(PLAIN.replace("HANDLER", handler))
    return RunningGateway(
        None, folder, template=template, stack_name="plain", parameters={}, **options
    )


async def test_environment_values_come_from_the_emulator(
    gateway: RunningGateway, client: Client, emulator: Emulator
) -> None:
    variables = await client.ask(do="environment")
    assert variables["TABLE"].startswith(f"{gateway.gateway.config.stack_name}-Table")
    assert variables["QUEUE_URL"].endswith(variables["QUEUE_URL"].rpartition("/")[2])
    assert variables["STAGE"] == "v1"
    assert variables["CHOSEN"] == "none"
    assert "LEFT_OUT" not in variables
    assert (variables["NUMBER"], variables["SWITCH"]) == ("5", "true")
    assert variables["OVERRIDDEN"] == "by the launcher"
    assert variables["AWS_ENDPOINT_URL"] == emulator.url


async def test_execute_api_addresses_become_local_ones(
    gateway: RunningGateway, client: Client
) -> None:
    variables = await client.ask(do="environment")
    host = gateway.url.removeprefix("http://")
    assert variables["PUSH_ENDPOINT"] == f"http://{host}/v1"
    assert variables["PUBLIC_URL"] == f"ws://{host}/v1"
    assert variables["HTTP_URL"] == f"http://{host}/api/things"


async def test_functions_do_not_inherit_the_environment_of_the_gateway(client: Client) -> None:
    variables = await client.ask(do="environment")
    assert "PYTEST_CURRENT_TEST" not in variables
    assert variables["AWS_LAMBDA_FUNCTION_NAME"].endswith("-Socket")
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"


async def test_context_is_that_of_lambda(client: Client) -> None:
    context = await client.ask(do="context")
    assert context["name"].endswith("-Socket")
    assert context["memory"] == 256
    assert context["arn"].endswith(f":function:{context['name']}")
    assert 0 < context["left_ms"] <= 10_000


def test_missing_template_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"template .*absent\.yaml cannot be read"):
        RunningGateway(None, tmp_path, template=tmp_path / "absent.yaml").start()


def test_unreachable_emulator_is_one_line(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(GatewayError, match="emulator is not reachable"):
        RunningGateway(None, tmp_path, endpoint_url=url).start()


def test_taken_port_is_one_line(gateway: RunningGateway, tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=f"port {gateway.gateway.port} is taken"):
        plain_gateway(tmp_path, port=gateway.gateway.port).start()


def test_handler_that_cannot_be_imported_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="function Echo cannot start: ModuleNotFoundError"):
        plain_gateway(tmp_path, "absent.handler").start()


def test_unknown_parameter_is_one_line(emulator: Emulator, tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="template has no parameter Wrong"):
        RunningGateway(emulator, tmp_path, parameters={"Wrong": "x"}).start()


async def test_stop_closes_sockets_with_1001_and_ends_all_processes(tmp_path: Path) -> None:
    running = plain_gateway(tmp_path).start()
    async with connect(running.ws_url()) as socket:
        await socket.send('{"action": "echo"}')
        pid = json.loads(await socket.recv())["pid"]
        await asyncio.to_thread(running.stop)
        await socket.wait_closed()
        assert socket.close_code == 1001
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_inline_handlers_run_in_this_process(tmp_path: Path) -> None:
    running = plain_gateway(tmp_path, inline=True).start()
    async with connect(running.ws_url()) as socket:
        await socket.send('{"action": "echo"}')
        assert json.loads(await socket.recv())["pid"] == os.getpid()
    await asyncio.to_thread(running.stop)


async def test_idle_connection_is_closed_with_1001_going_away(tmp_path: Path) -> None:
    running = plain_gateway(tmp_path, idle_timeout_s=0.4).start()
    async with connect(running.ws_url()) as idle, connect(running.ws_url()) as busy:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + 0.8
        while loop.time() < deadline_s:
            await busy.send('{"action": "echo"}')
            await busy.recv()
            await asyncio.sleep(0.05)
        await idle.wait_closed()
        assert (idle.close_code, idle.close_reason) == (1001, "Going away")
        assert busy.close_code is None
    await asyncio.to_thread(running.stop)


async def test_every_connection_ends_with_1001_at_its_age_limit(tmp_path: Path) -> None:
    running = plain_gateway(tmp_path, max_connection_s=0.3).start()
    async with connect(running.ws_url()) as socket:
        await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (1001, "Going away")
    await asyncio.to_thread(running.stop)


@pytest.mark.scenario("A15")
async def test_upgrades_above_the_rate_are_429(tmp_path: Path) -> None:
    running = plain_gateway(tmp_path, connect_rate_per_s=0.001, connect_burst=2).start()
    async with connect(running.ws_url()), connect(running.ws_url()):
        with pytest.raises(InvalidStatus) as refused:
            await connect(running.ws_url())
        assert refused.value.response.status_code == 429
    await asyncio.to_thread(running.stop)


async def test_restart_keeps_data_and_streams_go_on(tmp_path: Path) -> None:
    """Both the emulator and the gateway end and come back, as `make run` twice does."""
    port = free_port()
    seen: list[str] = []
    for key in ("first", "second"):
        emulator = Emulator(tmp_path, port)
        running = RunningGateway(emulator, tmp_path, stack_name="again").start()
        client = await open_client(running)
        table = (await client.ask(do="environment"))["TABLE"]
        await client.socket.close()
        store = boto3.client(
            "dynamodb",
            endpoint_url=emulator.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        store.put_item(TableName=table, Item={"id": {"S": key}})
        running.record("stream", mentions(key))
        seen = sorted(item["id"]["S"] for item in store.scan(TableName=table)["Items"])
        await asyncio.to_thread(running.stop)
        emulator.stop()
    assert seen == ["first", "second"]


async def test_emulator_that_restarts_under_the_gateway_loses_no_stream_record(
    tmp_path: Path,
) -> None:
    port = free_port()
    emulator = Emulator(tmp_path, port)
    running = RunningGateway(emulator, tmp_path).start()
    client = await open_client(running)
    table = (await client.ask(do="environment"))["TABLE"]
    await client.socket.close()
    for key in ("before", "after"):
        store = boto3.client(
            "dynamodb",
            endpoint_url=emulator.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        store.put_item(TableName=table, Item={"id": {"S": key}})
        await asyncio.to_thread(running.record, "stream", mentions(key))
        if key == "before":
            await asyncio.to_thread(emulator.stop)
            emulator = await asyncio.to_thread(Emulator, tmp_path, port)
    await asyncio.to_thread(running.stop)
    emulator.stop()


def test_command_line_serves_until_sigterm(tmp_path: Path) -> None:
    plain_gateway(tmp_path)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gateway",
            "--template",
            str(tmp_path / "template.yaml"),
            "--port",
            "0",
            "--stack-name",
            "plain",
            "--environment",
            "A=b",
            "--fault-control",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().removeprefix("gateway: ").strip()

    def state() -> Any:
        with urllib.request.urlopen(f"{url}/_gateway/state") as answer:  # noqa: S310
            return json.load(answer)

    assert state()["functions"]["Echo"]["environments"] == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout.close()


def test_command_line_fails_with_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "gateway",
            "--template",
            str(tmp_path / "absent.yaml"),
            "--port",
            "0",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"gateway: template {tmp_path}/absent.yaml cannot be read: No such file or directory"
    ]
