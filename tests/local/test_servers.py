"""Valkey and the emulator start, answer, keep what they should, and end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
from botocore.config import Config

from local import servers
from local.errors import StartError
from local.processes import free_port
from local.servers import emulator, start_emulator, valkey


def client(service: str, endpoint_url: str) -> Any:
    """A boto3 client that does not wait for what is not there."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(connect_timeout=2, retries={"total_max_attempts": 1}),
    )


def test_valkey_answers_in_the_block_and_is_gone_after_it() -> None:
    with valkey() as url, redis.Redis.from_url(url) as server:
        assert server.set("key", "value")
        assert server.get("key") == b"value"
    with redis.Redis.from_url(url) as server, pytest.raises(redis.ConnectionError):
        server.ping()


def test_valkey_listens_on_the_loopback_interface_and_evicts_and_saves_nothing() -> None:
    with valkey() as url, redis.Redis.from_url(url, decode_responses=True) as server:
        told: Any = server.config_get("bind", "maxmemory-policy", "save", "appendonly")
    assert told == {
        "bind": "127.0.0.1", "maxmemory-policy": "noeviction", "save": "", "appendonly": "no",
    }  # fmt: skip


def test_valkey_on_a_given_port_begins_empty_each_time() -> None:
    port = free_port()
    for _ in range(2):
        with valkey(port=port) as url, redis.Redis.from_url(url) as server:
            assert url == f"redis://127.0.0.1:{port}/0"
            assert server.get("key") is None
            server.set("key", "value")


def test_valkey_takes_more_options() -> None:
    options = ("--maxclients", "77")
    with valkey(options=options) as url, redis.Redis.from_url(url) as server:
        assert server.info("clients")["maxclients"] == 77


def test_valkey_on_a_taken_port_is_one_line() -> None:
    port = free_port()
    taken = f"Valkey could not start: port {port} is taken"
    with valkey(port=port), pytest.raises(StartError, match=taken), valkey(port=port):
        pytest.fail("two servers on one port")


def test_platform_without_valkey_is_told_to_set_redis_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(StartError, match="REDIS_URL"), valkey():
        pytest.fail("started without a binary")


def make_data(endpoint_url: str) -> tuple[str, str]:
    """Make a table with a stream and an item, and a secret; gives the ARNs of stream and secret."""
    dynamodb = client("dynamodb", endpoint_url)
    table = dynamodb.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    dynamodb.put_item(TableName="kept", Item={"pk": {"S": "k"}, "bytes": {"B": b"\x00\xff"}})
    secret = client("secretsmanager", endpoint_url).create_secret(Name="s", SecretString="v")
    return table["LatestStreamArn"], secret["ARN"]


def test_emulators_data_streams_and_secrets_survive_stop_and_start(tmp_path: Path) -> None:
    with emulator(tmp_path) as endpoint_url:
        stream_arn, secret_arn = make_data(endpoint_url)
    with emulator(tmp_path) as endpoint_url:
        dynamodb = client("dynamodb", endpoint_url)
        item = dynamodb.get_item(TableName="kept", Key={"pk": {"S": "k"}})["Item"]
        assert item["bytes"]["B"] == b"\x00\xff"
        table = dynamodb.describe_table(TableName="kept")["Table"]
        assert table["LatestStreamArn"] == stream_arn
        kept = client("secretsmanager", endpoint_url).get_secret_value(SecretId=secret_arn)
        assert kept["SecretString"] == "v"
        dynamodb.put_item(TableName="kept", Item={"pk": {"S": "later"}})
        assert new_records(endpoint_url, stream_arn) == ["later"]


def new_records(endpoint_url: str, stream_arn: str) -> list[str]:
    """Keys of the records that the stream holds."""
    streams = client("dynamodbstreams", endpoint_url)
    [shard] = streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]


def test_emulator_keeps_its_port_which_saved_queue_urls_name(tmp_path: Path) -> None:
    with emulator(tmp_path) as first:
        pass
    with emulator(tmp_path) as second:
        assert second == first


def test_emulator_takes_another_port_when_its_own_is_taken(tmp_path: Path) -> None:
    with emulator(tmp_path) as first:
        pass
    with valkey(port=int(first.rpartition(":")[2])), emulator(tmp_path) as second:
        assert second != first


def test_emulator_without_a_folder_forgets() -> None:
    with emulator() as endpoint_url:
        make_data(endpoint_url)
    with emulator() as endpoint_url:
        assert client("dynamodb", endpoint_url).list_tables()["TableNames"] == []


def test_two_emulators_on_one_folder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "GRACE_S", 0.1)
    with (
        emulator(tmp_path),
        pytest.raises(StartError, match=r"another emulator \(pid \d+\) uses"),
        emulator(tmp_path),
    ):
        pytest.fail("two emulators on one folder")


def test_emulator_that_is_not_installed_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "EMULATOR_PYTHON", tmp_path / "absent")
    with pytest.raises(StartError, match=r"the emulator is not installed .*: make setup"):
        start_emulator(tmp_path, tmp_path)


def test_emulator_that_dies_while_starting_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho Traceback\necho 'ImportError: no such thing' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(servers, "EMULATOR_PYTHON", broken)
    with pytest.raises(StartError) as caught, emulator(tmp_path):
        pytest.fail("started")
    assert "the AWS emulator could not start: ImportError: no such thing" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_emulator_on_a_taken_port_is_one_line() -> None:
    port = free_port()
    with (
        valkey(port=port),
        pytest.raises(StartError, match="the AWS emulator"),
        emulator(port=port),
    ):
        pytest.fail("two servers on one port")
