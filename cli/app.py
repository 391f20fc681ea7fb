"""The commands: read options, call one function each, write its result."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.errors import BAD, WrongUse
from cli.options import (
    EndpointUrl,
    IsLocal,
    Json,
    Region,
    StackName,
    Tenant,
    Token,
    answering,
)
from cli.output import Output
from cli.send import Letter, send
from cli.target import Target, target_of
from cli.tokens import DEFAULT_EXPIRES_IN_S, Person, token_for

app = typer.Typer(
    help="Look after a Parley: tokens, messages, dead letters, and whether it is well.",
    epilog="Exit codes: 0 done, 1 the answer is bad, 2 wrong use, 3 nobody could be asked.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command("token")
@answering
def token_command(
    sub: Annotated[str, typer.Argument(metavar="SUB", help="The user id.")],
    tenant: Tenant = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="The user's role.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The name to show.")
    ] = None,
    spaces: Annotated[
        list[str] | None,
        typer.Option("--spaces", metavar="SPACE", help="A space of the user; may be repeated."),
    ] = None,
    expires_in: Annotated[
        int, typer.Option("--expires-in", metavar="SECONDS", min=1, help="How long it is good.")
    ] = DEFAULT_EXPIRES_IN_S,
    scope: Annotated[
        str,
        typer.Option(
            "--scope", metavar="SCOPE", help="tenant, or manage: super admins of all tenants."
        ),
    ] = "tenant",
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    is_local: IsLocal = False,
) -> None:
    """Sign a token for a user.

    With the deployment's secret (HS256); where a JWKS is configured, only your login can.
    """
    output = Output(as_json)
    target = _target(stack, region, endpoint_url, is_local)
    person = Person(sub, tenant, role, name, spaces or (), expires_in, manage=_is_manage(scope))
    token = token_for(target, person)
    output.result({"token": token, "sub": sub, "expiresIn": expires_in}, [token])


@app.command("send")
@answering
def send_command(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What to say; from standard input if absent.")
    ] = "-",
    to: Annotated[str | None, typer.Option("--to", metavar="USER", help="To one person.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="ROOM", help="Into a room.")] = None,
    sender: Annotated[
        str | None, typer.Option("--as", metavar="SUB", help="Who sends; signs a token.")
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option("--client-id", metavar="ID", help="Sent again with it, it is stored once."),
    ] = None,
    tenant: Tenant = None,
    token: Token = None,
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    is_local: IsLocal = False,
) -> None:
    """Send a message as a user would.

    By REST; tells its id, its number in the room, and how long the acknowledgement took.
    """
    letter = Letter(sys.stdin.read() if text == "-" else text, to, room, client_id)
    letter.require_one_address()
    target = _target(stack, region, endpoint_url, is_local)
    sent = send(target, _token(target, token, sender, tenant), letter)
    Output(as_json).result(sent.as_json(), sent.as_text())


@app.command("where")
@answering
def where_command(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="The message.")],
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="How far to look back: 90s, 15m, 1h, 2d.")
    ] = "1h",
    room: Annotated[
        str | None, typer.Option("--room", metavar="ROOM", help="Its room, if no log names it.")
    ] = None,
    tenant: Tenant = None,
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    is_local: IsLocal = False,
) -> None:
    """Tell what became of a message for each recipient.

    From the log lines about it, and from the members' cursors in the table.
    """
    from cli.where.command import Question, duration, where
    from cli.where.report import as_json as report_json
    from cli.where.report import as_text

    output = Output(as_json)
    question = Question(message_id, duration(since), room, tenant)
    question.require_message_id()
    answer = where(_target(stack, region, endpoint_url, is_local), question, output)
    output.result(report_json(answer), as_text(answer))


@app.command("doctor")
@answering
def doctor_command(
    token: Token = None,
    tenant: Annotated[
        str, typer.Option("--tenant", metavar="TENANT", help="Where the user lives that connects.")
    ] = "parley-doctor",
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    is_local: IsLocal = False,
) -> None:
    """Check a deployment, and tell what to do.

    Each check ends ok, warn, fail or unknown; any fail makes the exit code 1.
    """
    from cli.doctor.command import diagnose
    from cli.doctor.findings import Patient

    output = Output(as_json)
    target = _target(stack, region, endpoint_url, is_local)
    diagnosis = diagnose(Patient(target, output, token, tenant))
    output.result(diagnosis.as_json(), diagnosis.as_text())
    if not diagnosis.is_well:
        raise typer.Exit(BAD)


@app.command("redrive")
@answering
def redrive_command(
    queue: Annotated[
        str, typer.Argument(metavar="QUEUE", help="flush, fanout, or relay, which only explains.")
    ],
    drop: Annotated[
        bool, typer.Option("--drop-unreadable", help="Delete letters that nobody can read.")
    ] = False,
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    is_local: IsLocal = False,
) -> None:
    """Put dead letters back into their queue.

    Once what made them fail is mended. Those of the stream are only explained.
    """
    from cli.redrive import ROUTES, redrive_queue

    if queue not in ROUTES:
        raise WrongUse(f"there is no queue {queue}: say {', '.join(ROUTES)}")
    output = Output(as_json)
    target = _target(stack, region, endpoint_url, is_local)
    redriven = redrive_queue(target.aws, target.stack, queue, output, drop=drop)
    output.result(redriven.as_json(queue), redriven.as_text(queue))
    if redriven.left:
        raise typer.Exit(BAD)


@app.command("restore")
@answering
def restore_command(
    source: Annotated[
        str, typer.Argument(metavar="TABLE", help="The table that a backup was restored to.")
    ],
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="TENANT", help="Only this tenant's items.")
    ] = None,
    exactly: Annotated[
        bool,
        typer.Option("--exactly", help="Also undo what was changed or made since the backup."),
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; otherwise only tell what would be done.")
    ] = False,
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    is_local: IsLocal = False,
) -> None:
    """Copy a restored backup into the live table.

    See docs/backup.md for how a backup is restored to a table of its own first.
    """
    from cli.restore import restore
    from cli.restoring import Choice
    from parley.domain.ids import TenantId

    output = Output(as_json)
    choice = Choice(None if tenant is None else TenantId(tenant), exactly, apply)
    target = _target(stack, region, endpoint_url, is_local)
    restored = restore(target, source, choice, output)
    output.result(restored.as_json(), restored.as_text())


def _target(
    stack: str | None, region: str | None, endpoint_url: str | None, is_local: bool
) -> Target:
    return target_of(stack, region, endpoint_url, local=is_local)


def _token(target: Target, token: str | None, sub: str | None, tenant: str | None) -> str:
    if (token is None) == (sub is None):
        raise WrongUse("say either --as SUB or --token TOKEN")
    return token or token_for(target, Person(str(sub), tenant))


def _is_manage(scope: str) -> bool:
    if scope not in ("tenant", "manage"):
        raise WrongUse(f"--scope is tenant or manage, not {scope}")
    return scope == "manage"
