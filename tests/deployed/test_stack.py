"""What `sam deploy` made works as one: functions, queues, schedule, and the next deployment."""

import json
from typing import Any

import pytest

from tests.support.client import Client, new_id
from tests.support.deployment import Deployment
from tests.support.stack import until

FUNCTIONS = {
    *("Authorizer", "Connect", "Disconnect", "Message", "Presence"),
    *("Http", "Flush", "Fanout", "Relay", "Sweep"),
}
POISON = '{"kind": "receipt"}'
# Five tries of a second each, on a busy machine.
DEAD_IN_S = 60


def test_every_function_answers_its_sample(deployment: Deployment) -> None:
    answers = dict(deployment.answers)
    assert {name.removesuffix("Function") for name in answers} == FUNCTIONS
    refused, error = answers.pop("AuthorizerFunction")
    assert (refused["errorMessage"], error) == ("Unauthorized", "Unhandled")
    assert {name: error for name, (_, error) in answers.items() if error} == {}
    assert answers["FlushFunction"][0] == {"batchItemFailures": []}
    assert answers["HttpFunction"][0]["statusCode"] == 401


def test_queues_and_the_stream_lead_to_their_functions(deployment: Deployment) -> None:
    client = deployment.cloud.client("lambda")
    found = client.list_event_source_mappings()["EventSourceMappings"]
    by_function = {each["FunctionArn"].split(":function:")[1]: each for each in found}
    functions = deployment.stack.resources("AWS::Lambda::Function")
    for name in ("FlushFunction", "FanoutFunction", "RelayFunction"):
        mapping = next(
            each for target, each in by_function.items() if target.startswith(functions[name])
        )
        assert mapping["State"] == "Enabled"
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_sweep_has_a_schedule(deployment: Deployment) -> None:
    (name,) = deployment.stack.resources("AWS::Scheduler::Schedule").values()
    schedule = deployment.cloud.client("scheduler").get_schedule(Name=name.rpartition("/")[2])
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    sweep = deployment.stack.resources("AWS::Lambda::Function")["SweepFunction"]
    assert f":function:{sweep}" in schedule["Target"]["Arn"]


def test_a_poisoned_record_ends_among_the_dead_letters_and_others_do_not(
    deployment: Deployment,
) -> None:
    sqs = deployment.cloud.client("sqs")
    queues = deployment.stack.resources("AWS::SQS::Queue")
    queue, letters = queues["FlushQueue"], queues["FlushDeadLetters"]
    # A minute between tries, as it is deployed, would be five for the test.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    sqs.send_message(QueueUrl=queue, MessageBody=POISON)
    good = json.dumps({"kind": "presence", "tenantId": "nobody"})
    sqs.send_message(QueueUrl=queue, MessageBody=good)
    dead: list[dict[str, Any]] = until(lambda: received(sqs, letters), DEAD_IN_S)
    assert [letter["Body"] for letter in dead] == [POISON]
    for letter in dead:
        sqs.delete_message(QueueUrl=letters, ReceiptHandle=letter["ReceiptHandle"])
    assert received(sqs, letters) == []


def received(sqs: Any, url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    letters: list[dict[str, Any]] = answer.get("Messages") or []
    return letters


async def test_another_deployment_changes_what_it_says_and_keeps_everything_else(
    deployment: Deployment,
) -> None:
    place = deployment.stack.place()
    token = place.token("ann", tenantId=f"tenant-{new_id()}", name="Ann")
    before = await Client.open(place.ws_url, token)
    said = (await send(before, "x" * 60))["data"]["message"]
    try:
        deployment.stack.deploy(BodyMaxChars="50")
        # The connection stayed, and the functions behind it are the new ones.
        assert (await send(before, "y" * 60))["error"] == "PAYLOAD_TOO_LARGE"
        assert (await send(before, "y" * 50))["data"]["message"]["seq"] == said["seq"] + 1
        after = await Client.open(place.ws_url, token)
        page = await after.ask("message.history", roomId=said["roomId"])
        assert [message["body"] for message in page["data"]["messages"]] == ["x" * 60, "y" * 50]
        await after.close()
    finally:
        await before.close()


async def send(client: Client, body: str) -> Any:
    return await client.ask("message.send", toUserId="bob", clientId=new_id(), body=body)


@pytest.mark.parametrize("name", ["RedisMode", "WebSocketUrl", "RestUrl", "TableName"])
def test_outputs_say_what_a_page_and_an_operator_need(deployment: Deployment, name: str) -> None:
    assert deployment.stack.outputs()[name]
