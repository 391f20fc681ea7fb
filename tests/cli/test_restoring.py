"""A backup comes back: what is missing, or exactly what there was (docs/backup.md)."""

import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from cli.restoring import Choice, Restored, Restoring
from local.servers import emulator
from parley.adapters.keys import encode
from parley.domain.ids import TenantId

ACME, GLOBEX = (f"T#{encode(TenantId(name))}" for name in ("acme", "globex"))


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with emulator() as endpoint_url:
        yield boto3.client(
            "dynamodb",
            endpoint_url=endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


class Tables:
    """A live table and its backup."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.backup, self.live = self._made(), self._made()

    def _made(self) -> str:
        name = f"table-{uuid.uuid4().hex}"
        names = (("pk", "HASH"), ("sk", "RANGE"))
        self.client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in names],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in names],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def put(self, table: str, pk: str, sk: str, body: str = "text") -> None:
        item = {"pk": {"S": pk}, "sk": {"S": sk}, "body": {"S": body}}
        self.client.put_item(TableName=table, Item=item)

    def content(self, table: str) -> dict[tuple[str, str], str]:
        pages = self.client.get_paginator("scan").paginate(TableName=table)
        return {
            (item["pk"]["S"], item["sk"]["S"]): item["body"]["S"]
            for page in pages
            for item in page["Items"]
        }

    def restore(self, **choice: Any) -> Restored:
        told: list[int] = []
        restoring = Restoring(self.client, self.backup, self.live, Choice(**choice))
        restored = restoring.run(lambda so_far: told.append(so_far.looked_at))
        assert told == sorted(told)
        return restored


@pytest.fixture
def tables(client: Any) -> Tables:
    made = Tables(client)
    room = f"{ACME}#R#room"
    for seq in range(250):
        made.put(made.backup, room, f"S#{seq:016}")
    for seq in range(0, 300, 2):
        made.put(made.live, room, f"S#{seq:016}")
    made.put(made.live, room, f"S#{4:016}", "edited since")
    made.put(made.backup, f"{GLOBEX}#U#alice", "PROFILE")
    made.put(made.backup, "K#hash", "TICKET")
    return made


def test_what_is_missing_comes_back_and_nothing_else_changes(tables: Tables) -> None:
    before = tables.content(tables.live)
    restored = tables.restore(apply=True)
    assert (restored.missing, restored.changed, restored.deleted) == (126, 0, 0)
    after = tables.content(tables.live)
    assert before.items() <= after.items()
    assert len(after) == len(before) + 126
    assert (f"{GLOBEX}#U#alice", "PROFILE") in after
    assert ("K#hash", "TICKET") not in after


def test_without_apply_it_only_counts(tables: Tables) -> None:
    before = tables.content(tables.live)
    assert tables.restore(exactly=True) == Restored(
        looked_at=251 + 150, missing=126, changed=1, deleted=25
    )
    assert tables.content(tables.live) == before


def test_exactly_makes_the_live_table_what_the_backup_is(tables: Tables) -> None:
    restored = tables.restore(exactly=True, apply=True)
    assert (restored.missing, restored.changed, restored.deleted) == (126, 1, 25)
    backup = tables.content(tables.backup)
    del backup["K#hash", "TICKET"]
    assert tables.content(tables.live) == backup
    again = tables.restore(exactly=True, apply=True)
    assert (again.missing, again.changed, again.deleted) == (0, 0, 0)


def test_one_tenant_comes_back_and_no_other(tables: Tables) -> None:
    tables.put(tables.backup, f"{ACME}2#R#room", "META")
    tables.put(tables.live, f"{GLOBEX}#U#bob", "PROFILE")
    restored = tables.restore(tenant_id=TenantId("acme"), exactly=True, apply=True)
    assert (restored.missing, restored.changed, restored.deleted) == (125, 1, 25)
    after = tables.content(tables.live)
    assert (f"{GLOBEX}#U#alice", "PROFILE") not in after
    assert (f"{ACME}2#R#room", "META") not in after
    assert (f"{GLOBEX}#U#bob", "PROFILE") in after


def test_what_was_made_while_it_ran_is_not_overwritten(tables: Tables) -> None:
    key = (f"{ACME}#R#room", f"S#{1:016}")
    found = Restoring._found

    def and_somebody_writes(self: Restoring, table: str, items: Any) -> Any:
        answer = found(self, table, items)
        tables.put(tables.live, *key, "written meanwhile")
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Restoring, "_found", and_somebody_writes)
        restored = tables.restore(apply=True)
    assert restored.missing == 125
    assert tables.content(tables.live)[key] == "written meanwhile"
