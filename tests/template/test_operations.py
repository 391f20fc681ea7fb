"""Alarms, their pages and the dashboard: each names what is measured, and what to do next."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parley.measures import METRICS
from tests.template.conftest import Render
from tools.requirements import requirements

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "runbooks"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALARM = "AWS::CloudWatch::Alarm"
OURS = {"Fn::Sub": "Parley/${AWS::StackName}"}
DESCRIPTION = re.compile(r"(CRITICAL|WARNING): .*\. See docs/runbooks/([a-z-]+)\.md")
HEADINGS = ["What it means", "What users notice", "Look here", "Do this", "When it is over"]
# What each row asks for, as its alarm says it.
THRESHOLDS = {
    "ConnectionFailures": "B-148",
    "DeliveryFailures": "B-149",
    "SendLatency": "B-152",
    "DeliveryLatency": "B-152",
    "Memory": "B-153",
    "RedisStorage": "B-154",
    "RateLimit": "B-155",
}
# Used by a rate as what it is a share of, with the number that makes it one.
MINIMUM = re.compile(r"IF\((\w+) >= (\d+), (.+), 0\)")

Json = dict[str, Any]


@pytest.fixture(scope="module")
def template(written: Json) -> Json:
    return written


@pytest.fixture(scope="module")
def alarms(template: Json) -> dict[str, Json]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == ALARM
    }


def stats_of(alarm: Json) -> Iterator[Json]:
    """Give what an alarm looks at, as if each were an alarm of one metric."""
    if "MetricName" in alarm:
        yield alarm
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            stat = query["MetricStat"]
            yield {**stat["Metric"], "Period": stat["Period"], "Statistic": stat["Stat"]}


# --- Pages ---------------------------------------------------------------------------------------


def page_of(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Alarm")).lower()


def test_every_alarm_has_a_page_and_every_page_an_alarm(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        found = DESCRIPTION.fullmatch(alarm["AlarmDescription"])
        assert found, name
        assert found[2] == page_of(name)
    assert {page.stem for page in PAGES.glob("*.md")} == {page_of(name) for name in alarms}


def test_every_page_says_what_to_do(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        text = (PAGES / f"{page_of(name)}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {name}: ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
        assert f"**{alarm['AlarmDescription'].partition(':')[0]}**: " in text
        for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
            assert len(part.split()) >= 4, name


def test_links_of_pages_lead_somewhere() -> None:
    for page in [*PAGES.glob("*.md"), ROOT / "docs" / "operations.md"]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).is_file(), (page.name, link)


def source_text() -> str:
    folders = ("layers/core/parley", "functions")
    return "\n".join(
        path.read_text(encoding="utf-8") for each in folders for path in (ROOT / each).rglob("*.py")
    )


def test_queries_ask_for_lines_that_are_written() -> None:
    source = source_text()
    for page in PAGES.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        named = re.findall(r'message (?:=|in) (\[[^\]]*\]|"[^"]*")', text)
        for event in {e for part in named for e in re.findall(r'"(\w+)"', part)}:
            assert f'"{event}"' in source, (page.name, event)
        for event in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text):
            assert event in METRICS or f'"{event}"' in source or f"{event}=" in source, event


# --- Thresholds and metrics ----------------------------------------------------------------------


@pytest.mark.covers("B-148", "B-149", "B-152", "B-153", "B-154", "B-155")
def test_thresholds_are_those_that_are_required(alarms: dict[str, Json]) -> None:
    rows = {row.id: row.text for row in requirements()}
    for name, row in THRESHOLDS.items():
        alarm = alarms[f"{name}Alarm"]
        required = re.search(r"> (\d+)", rows[row])
        assert required, row
        assert alarm["Threshold"] == int(required[1]), name
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name
        assert alarm["AlarmDescription"].split(":")[0] == rows[row].split()[0]
    (limited,) = stats_of(alarms["RateLimitAlarm"])
    assert (limited["Period"], limited["Statistic"]) == (60, "Sum")


@pytest.mark.covers("B-150", "B-151")
def test_a_lost_redis_and_an_exhausted_database_are_critical(alarms: dict[str, Json]) -> None:
    for name, metric in (("Redis", "redis_errors"), ("Database", "database_errors")):
        alarm = alarms[f"{name}Alarm"]
        assert alarm["AlarmDescription"].startswith("CRITICAL: ")
        assert (alarm["Namespace"], alarm["MetricName"]) == (OURS, metric)
        # Not one call that failed, but minutes of it.
        assert alarm["DatapointsToAlarm"] >= 3


def test_every_metric_that_an_alarm_names_is_measured(alarms: dict[str, Json]) -> None:
    ours = 0
    for name, alarm in alarms.items():
        for stat in stats_of(alarm):
            if stat["Namespace"] == OURS:
                assert stat["MetricName"] in METRICS, name
                assert stat["Dimensions"] == [{"Name": "service", "Value": "parley"}]
                ours += 1
            else:
                assert stat["Namespace"].startswith("AWS/"), name
    assert ours >= 14


def test_everything_that_is_listed_is_measured_somewhere() -> None:
    source = source_text()
    for name in METRICS:
        assert re.search(rf'(count|observe|timed|write_line)\(\W*"{name}"|{{.*"{name}": \[', source)


def test_a_deployment_that_nobody_uses_is_quiet(alarms: dict[str, Json]) -> None:
    shares = 0
    for name, alarm in alarms.items():
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert 1 <= alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"], name
        (watched,) = [q for q in alarm.get("Metrics", ()) if "Expression" in q] or [None]
        if watched is None or isinstance(watched["Expression"], dict):
            continue
        if watched["Expression"] != "SUM(METRICS())":
            found = MINIMUM.fullmatch(watched["Expression"])
            assert found, name
            assert int(found[2]) >= 20
            shares += 1
    assert shares == 5


def test_alarms_stay_within_what_cloudwatch_takes(alarms: dict[str, Json]) -> None:
    for name, alarm in alarms.items():
        queries = alarm.get("Metrics", [])
        assert sum("MetricStat" in query for query in queries) <= 10, name
        assert sum("Expression" in query for query in queries) in (0, 1), name
        ids = [query["Id"] for query in queries]
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", each) for each in ids)
        assert len(set(ids)) == len(ids)
        assert all(query.get("ReturnData") is False for query in queries if "MetricStat" in query)


def test_every_function_and_queue_is_watched(template: Json, alarms: dict[str, Json]) -> None:
    def of_type(kind: str) -> set[str]:
        return {n for n, each in template["Resources"].items() if each["Type"] == kind}

    functions = of_type("AWS::Serverless::Function")
    for name, left_out in (("FunctionErrors", {"AuthorizerFunction"}), ("Throttles", set())):
        stats = list(stats_of(alarms[f"{name}Alarm"]))
        watched = {stat["Dimensions"][0]["Value"]["Ref"] for stat in stats}
        assert watched == functions - left_out
    queues = {
        stat["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in alarms.values()
        for stat in stats_of(alarm)
        if stat["Namespace"] == "AWS/SQS"
    }
    assert queues == of_type("AWS::SQS::Queue")


# --- As it is deployed ---------------------------------------------------------------------------


def test_alarms_tell_somebody_where_there_is_somebody(render: Render) -> None:
    topics = render.of_type("AWS::SNS::Topic")
    mails = render.of_type("AWS::SNS::Subscription")
    assert len(topics) == len(mails) <= 1
    for name, alarm in render.of_type(ALARM).items():
        assert alarm.get("AlarmActions") == alarm.get("OKActions"), name
        if topics:
            assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_only_a_cache_of_the_stack_is_watched(render: Render) -> None:
    owns = bool(render.of_type("AWS::ElastiCache::ServerlessCache"))
    found = render.of_type(ALARM)
    if found:
        assert {"RedisStorageAlarm", "RedisThrottlesAlarm"} <= found.keys() or not owns
        assert owns or not {"RedisStorageAlarm", "RedisThrottlesAlarm"} & found.keys()


# --- Dashboard and page --------------------------------------------------------------------------


def body_of(template: Json) -> Json:
    text = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    body: Json = json.loads(re.sub(r"\$\{[A-Za-z:.]+\}", "x", text))
    return body


def test_the_dashboard_shows_what_is_measured(template: Json) -> None:
    text = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    widgets = json.loads(text)["widgets"]
    shown: set[str] = set()
    for widget in widgets:
        assert widget["x"] + widget["width"] <= 24
        for metric in widget["properties"].get("metrics", ()):
            if metric[0] == "Parley/${AWS::StackName}":
                assert metric[2:4] == ["service", "parley"]
                shown.add(metric[1])
    assert shown == METRICS.keys()
    places = [(each["x"], each["y"]) for each in widgets]
    assert len(set(places)) == len(places)


def test_the_dashboard_names_only_what_is_in_the_template(template: Json) -> None:
    text, more = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    known = template["Resources"].keys() | template["Parameters"].keys() | more.keys()
    for name in re.findall(r"\$\{([A-Za-z]+)(?:\.[A-Za-z]+)?\}", text):
        assert name in known, name
    assert body_of(template)["widgets"]
    assert "Dashboard" in str(template["Outputs"]["DashboardUrl"]["Value"])


def test_the_page_lists_each_metric_and_alarm(alarms: dict[str, Json]) -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (yes|) ?\|$", OPERATIONS, re.MULTILINE)
    assert listed == [
        (name, metric.unit.value, metric.meaning, "yes" if metric.held else "")
        for name, metric in METRICS.items()
    ]
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/([a-z-]+)\.md\) \| (\w+) \|", OPERATIONS, re.M)
    assert rows == [
        (name, page_of(name), alarm["AlarmDescription"].partition(":")[0])
        for name, alarm in alarms.items()
    ]
