"""What the emulator says that requests consume, beside AWS's rules: why it is not asked.

For writes of single items and transactions it agrees, so our rules are not alone. It does not add
up what a Query reads, says nothing of BatchGetItem, nor (as AWS) of what it refuses.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bench.cost.request_units import Item, item_bytes, read_units, transaction_units, write_units
from local.servers import emulator

TABLE = "capacity"
ASKED = {"TableName": TABLE, "ReturnConsumedCapacity": "TOTAL"}
QUERY = {
    "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
    "ExpressionAttributeValues": {":pk": {"S": "p"}, ":sk": {"S": "q"}},
    "ConsistentRead": True,
}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulator() as url, pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "test")
        client: Any = boto3.client("dynamodb", endpoint_url=url, region_name="us-east-1")
        keys = {"pk": "HASH", "sk": "RANGE"}
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys.items()],
        )
        yield client


def item(sort_key: str, size: int = 10) -> dict[str, Any]:
    return {**key(sort_key), "text": {"S": "x" * size}}


def key(sort_key: str) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": sort_key}}


def consumed(answer: dict[str, Any]) -> float:
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


@pytest.mark.parametrize(("before", "after"), [(None, 3_000), (3_000, 10), (10, 5_000)])
def test_a_put_consumes_what_the_rules_say(dynamodb: Any, before: int | None, after: int) -> None:
    there: Item | None = None if before is None else item(f"put-{after}", before)
    if there is not None:
        dynamodb.put_item(TableName=TABLE, Item=there)
    written = item(f"put-{after}", after)
    answer = dynamodb.put_item(Item=written, **ASKED)
    assert consumed(answer) == write_units(there, written)


def test_an_update_and_a_delete_consume_what_the_rules_say(dynamodb: Any) -> None:
    large, small = item("u", 4_500), item("u", 1)
    dynamodb.put_item(TableName=TABLE, Item=large)
    update = {
        "UpdateExpression": "SET #t = :t",
        "ExpressionAttributeNames": {"#t": "text"},
        "ExpressionAttributeValues": {":t": small["text"]},
    }
    shrunk = dynamodb.update_item(Key=key("u"), **update, **ASKED)
    assert consumed(shrunk) == write_units(large, small) == 5
    assert consumed(dynamodb.delete_item(Key=key("nothing"), **ASKED)) == write_units(None, None)


def test_a_transaction_consumes_what_the_rules_say(dynamodb: Any) -> None:
    written = [item("t-1", 1_500), item("t-2")]
    puts = [{"Put": {"TableName": TABLE, "Item": each}} for each in written]
    answer = dynamodb.transact_write_items(TransactItems=puts, ReturnConsumedCapacity="TOTAL")
    (told,) = answer["ConsumedCapacity"]
    assert told["CapacityUnits"] == transaction_units(write_units(None, each) for each in written)


def test_of_queries_it_counts_too_little_so_it_is_not_asked(dynamodb: Any) -> None:
    there = [item(f"q-{number}", 1_000) for number in range(10)]
    for each in there:
        dynamodb.put_item(TableName=TABLE, Item=each)
    assert read_units(sum(map(item_bytes, there))) == 3
    assert consumed(dynamodb.query(**QUERY, **ASKED)) == 1


def test_of_batches_and_refusals_it_says_nothing_so_it_is_not_asked(dynamodb: Any) -> None:
    wanted = {TABLE: {"Keys": [key("q-1"), key("nothing")], "ConsistentRead": True}}
    answer = dynamodb.batch_get_item(RequestItems=wanted, ReturnConsumedCapacity="TOTAL")
    assert "ConsumedCapacity" not in answer
    dynamodb.put_item(TableName=TABLE, Item=item("refused"))
    refused = {"Item": item("refused"), "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError) as told:
        dynamodb.put_item(**refused, **ASKED)
    assert "ConsumedCapacity" not in told.value.response
