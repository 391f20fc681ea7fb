"""Stacks in an emulator of AWS that look to the command like a deployed Parley.

Table, queues, alarm, log group and outputs are those of template.yaml, with a real Parley on this
machine behind the addresses of both APIs. The whole template is deployed in tests/deployed.
"""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.aws import Aws
from tests.support.stack import Stack, until

QUEUES = ("FlushQueue", "FanoutQueue", "FlushDeadLetters", "FanoutDeadLetters", "RelayDeadLetters")
PARAMETERS = ("JwtAlgorithm", "JwtSecretArn", "JwksUrl", "JwtIssuer", "JwtAudience")
ABSENT = "arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf"
MORE_PARAMETERS = ("RedisSecretArn", "IntrospectionUrl", "IntrospectionSecretArn", "AccessLogs")


@dataclass(frozen=True, slots=True)
class Cloud:
    """An emulator, and the Parley that its stacks lead to."""

    aws: Aws
    parley: Stack

    @property
    def endpoint_url(self) -> str:
        assert self.aws.endpoint_url is not None
        return self.aws.endpoint_url

    def secret(self, value: str) -> str:
        """Keep a secret, and return its ARN."""
        name = f"secret-{uuid.uuid4().hex}"
        made = self.aws.call("secretsmanager", "create_secret", Name=name, SecretString=value)
        return str(made["ARN"])

    def token_secret(self) -> str:
        """Keep the secret of the Parley here, and return its ARN."""
        return self.secret((self.parley.data_dir / "jwt-secret").read_text())

    def deploy(self, *, protected: bool = True, **parameters: str) -> str:
        """Deploy a stack, and return its name; a parameter that is not named is empty."""
        name = f"parley-{uuid.uuid4().hex[:8]}"
        if "JwtSecretArn" not in parameters and "JwksUrl" not in parameters:
            parameters["JwtSecretArn"] = self.token_secret()
        declared = {
            "JwtAlgorithm": "HS256",
            **dict.fromkeys((*PARAMETERS[1:], *MORE_PARAMETERS), ""),
            **parameters,
        }
        self.aws.call(
            "cloudformation",
            "create_stack",
            StackName=name,
            TemplateBody=json.dumps(self._template(name, declared, protected=protected)),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in declared.items()
            ],
        )
        until(lambda: self._status(name).endswith("_COMPLETE"))
        assert self._status(name) == "CREATE_COMPLETE"
        return name

    def _status(self, name: str) -> str:
        stacks = self.aws.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
        return str(stacks[0]["StackStatus"])

    def _template(
        self, name: str, declared: Mapping[str, str], *, protected: bool
    ) -> dict[str, Any]:
        outputs = {
            "WebSocketUrl": self.parley.ws_url,
            "RestUrl": f"{self.parley.url}/api",
            "TableName": {"Ref": "Table"},
            "FunctionLogGroup": f"/parley/{name}",
        }
        return {
            "Parameters": {key: {"Type": "String"} for key in declared},
            "Resources": {
                "Table": _table(protected=protected),
                **{queue: {"Type": "AWS::SQS::Queue"} for queue in QUEUES},
                "FanoutAlarm": _alarm(name),
                "FunctionLogs": {
                    "Type": "AWS::Logs::LogGroup",
                    "Properties": {"LogGroupName": f"/parley/{name}"},
                },
            },
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }


def _table(*, protected: bool) -> dict[str, Any]:
    keys = (("pk", "HASH"), ("sk", "RANGE"))
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": key, "AttributeType": "S"} for key, _ in keys
            ],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "DeletionProtectionEnabled": protected,
        },
    }


def _alarm(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{name}-fanout",
            "AlarmDescription": "A fan-out record failed five times.",
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:people"],
        },
    }


def log(cloud: Cloud, name: str, *lines: dict[str, Any]) -> None:
    """Write lines as functions of the stack would."""
    group, now = f"/parley/{name}", time.time()
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3] + "+0000"
    cloud.aws.call("logs", "create_log_stream", logGroupName=group, logStreamName="s")
    cloud.aws.call(
        "logs",
        "put_log_events",
        logGroupName=group,
        logStreamName="s",
        logEvents=[
            {"timestamp": int(now * 1000), "message": json.dumps({**line, "timestamp": stamp})}
            for line in lines
        ],
    )
