"""Options that several commands have, and how every command ends."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from cli.errors import CliError
from cli.output import Output

Command = TypeVar("Command", bound=Callable[..., Any])

Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
StackName = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="CloudFormation stack.  [default: parley]"),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", metavar="REGION", help="AWS region.  [default: that of the environment]"
    ),
]
EndpointUrl = Annotated[
    str | None,
    typer.Option("--endpoint-url", metavar="URL", help="An emulator of AWS, instead of AWS."),
]
IsLocal = Annotated[
    bool,
    typer.Option("--local", help="The Parley that `make run` started here (PORT, if not 8080)."),
]
Tenant = Annotated[
    str | None, typer.Option("--tenant", metavar="TENANT", help="The tenant of the people.")
]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TOKEN", help="A token that your own login has signed."),
]


def answering(command: Command) -> Command:
    """Make a command end with one sentence and an exit code instead of a `CliError`."""

    @functools.wraps(command)
    def run(**options: Any) -> None:
        output = Output(bool(options.get("as_json")))
        try:
            command(**options)
        except CliError as exc:
            output.failed(exc)
            raise typer.Exit(exc.exit_code) from exc

    return run  # type: ignore[return-value]
