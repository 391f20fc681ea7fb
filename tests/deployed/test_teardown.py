"""The end of a stack, which must come last: everything goes but what people wrote.

A stack of its own would take a minute more.
"""

from tests.support.deployment import Deployment
from tests.support.stack import until

GONE_IN_S = 60


def test_a_deleted_stack_leaves_its_table(deployment: Deployment) -> None:
    table = deployment.stack.outputs()["TableName"]
    functions = deployment.stack.resources("AWS::Lambda::Function").values()
    formation = deployment.cloud.client("cloudformation")
    formation.delete_stack(StackName=deployment.stack.name)
    awake = deployment.cloud.client("lambda")

    def is_gone() -> bool:
        left = awake.get_paginator("list_functions").paginate()
        names = {each["FunctionName"] for page in left for each in page["Functions"]}
        return names.isdisjoint(functions)

    until(is_gone, GONE_IN_S)
    description = deployment.cloud.client("dynamodb").describe_table(TableName=table)["Table"]
    assert description["TableStatus"] == "ACTIVE"
    assert description["ItemCount"] > 0
