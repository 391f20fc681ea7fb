"""Renders template.yaml as CloudFormation would: SAM's transform, then the conditions.

Runs in `.venv-sam`, where SAM's own translator is. Prints JSON:

    .venv-sam/bin/python -m tools.render_template RedisMode=external RedisSecretArn=arn:…
    .venv-sam/bin/python -m tools.render_template --transformed
    .venv-sam/bin/python -m tools.render_template --variants < variants.json

The first prints what would be deployed with these parameters (the rest have their defaults), the
second what SAM makes of the template, conditions and all. The third takes many sets of parameters,
``{name: {parameter: value}}``, and prints ``{name: {"transformed": …, "rendered": …}}``: importing
the translator takes longer than using it.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from tools.evaluate_template import PSEUDO, Json, evaluated, with_defaults

ROOT = Path(__file__).resolve().parent.parent
# `sam package` puts the addresses of what it uploaded there.
CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


def written(root: Path = ROOT) -> Json:
    """The template as it is written, all short forms as long ones."""
    template: Json = yaml_parse((root / "template.yaml").read_text(encoding="utf-8"))
    return template


def transformed(template: Json, parameters: Mapping[str, str]) -> Json:
    """What SAM makes of a template, as if its code had been packaged."""
    packaged = copy.deepcopy(template)
    for name, resource in packaged["Resources"].items():
        if resource["Type"] in CODE:
            resource["Properties"][CODE[resource["Type"]]] = f"s3://packages/{name}"
    session = boto3.session.Session(region_name=PSEUDO["AWS::Region"])
    # No managed policies: the functions have roles of their own.
    translator = Translator({}, Parser(), boto_session=session)
    result: Json = translator.translate(packaged, with_defaults(template, parameters))
    return result


def rendered(template: Json, parameters: Mapping[str, str]) -> Json:
    """What would be deployed with these parameters."""
    return evaluated(transformed(template, parameters), parameters)


def main(arguments: list[str]) -> None:
    """Print what was asked for."""
    template = written()
    if arguments == ["--variants"]:
        answer: Json = {}
        for name, parameters in json.load(sys.stdin).items():
            whole = transformed(template, parameters)
            answer[name] = {"transformed": whole, "rendered": evaluated(whole, parameters)}
    else:
        given = [argument for argument in arguments if argument != "--transformed"]
        parameters = dict(argument.split("=", 1) for argument in given)
        make = transformed if "--transformed" in arguments else rendered
        answer = make(template, parameters)
    json.dump(answer, sys.stdout, indent=None if arguments == ["--variants"] else 2)


if __name__ == "__main__":
    main(sys.argv[1:])
