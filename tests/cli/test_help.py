"""What the command says of itself, how quickly, and that docs/cli.md says the same."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from cli.app import app
from cli.aws import permission_of
from cli.doctor.command import CHECKS
from cli.doctor.log_checks import CAUSES
from cli.where.report import State
from tests.cli.running import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text()
COMMON = {"--json", "--stack", "--region", "--endpoint-url", "--local"}
COMMANDS = ("token", "send", "where", "redrive", "restore", "doctor")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def options_of(command: str) -> set[str]:
    group = typer.main.get_command(app)
    parameters = group.commands[command].params  # type: ignore[attr-defined]
    return {name for each in parameters for name in each.opts if name.startswith("--")}


def section(command: str) -> str:
    _, found, rest = PAGE.partition(f"\n## parley {command}\n")
    assert found, f"docs/cli.md has no section on {command}"
    return rest.partition("\n## ")[0]


def test_there_is_a_page_on_every_command_and_no_other() -> None:
    group = typer.main.get_command(app)
    assert set(group.commands) == set(COMMANDS)  # type: ignore[attr-defined]
    assert re.findall(r"^## parley (\w+)$", PAGE, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_the_page_and_every_one_there_exists(command: str) -> None:
    options = options_of(command)
    assert options >= COMMON
    own = options - COMMON
    shown = set(OPTION.findall(section(command)))
    assert own <= shown
    assert shown <= options
    assert f"$ bin/parley {command}" in section(command) or "| bin/parley" in section(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option_and_says_what_the_command_does(command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert set(OPTION.findall(ran.out)) >= options_of(command)
    summary = run("--help").out
    [line] = [line for line in summary.splitlines() if line.strip().startswith(f"{command} ")]
    assert not line.endswith("...")


def test_common_options_and_exit_codes_are_on_the_page() -> None:
    head = PAGE.partition("\n## ")[0]
    assert set(OPTION.findall(head)) - {"--help"} == COMMON
    assert re.findall(r"^\| (\d) \|", head, re.MULTILINE) == ["0", "1", "2", "3"]
    assert "0 done, 1 the answer is bad, 2 wrong use, 3 nobody could be" in run("--help").out


def test_states_checks_and_causes_are_on_the_page() -> None:
    assert set(re.findall(r"`(\w+)`", table("State"))) >= {state.value for state in State}
    assert {check.name for check in CHECKS} <= set(cells("Check"))
    assert all(f"`{cause}`" in section("doctor") for cause in CAUSES)


def table(title: str) -> str:
    return PAGE.partition(f"| {title} | ")[2].partition("\n\n")[0]


def cells(title: str) -> Iterator[str]:
    for line in table(title).splitlines()[2:]:
        yield from line.split("|")[1].strip().split(", ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("whre",), "No such command"),
        (("where",), "Missing argument"),
        (("token", "ann", "--expires-in", "soon"), "--expires-in"),
        (("token", "ann", "--expires-in", "0"), "--expires-in"),
        (("redrive", "letters", "--local"), "there is no queue letters: say flush, fanout, relay"),
        (("redrive", "flush", "--local", "--stack", "x"), "leave --stack and --endpoint-url away"),
    ],
)
def test_a_wrong_command_line_is_code_2(arguments: tuple[str, ...], said: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_no_parley_here_is_code_3() -> None:
    ran = run("redrive", "flush", "--local", environment={"PORT": "9"})
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "parley: no Parley answers at http://127.0.0.1:9: "
        "start one with `make run`, or set PORT as for it\n"
    )
    ran = run("doctor", "--local", environment={"PORT": "here"})
    assert (ran.code, ran.err) == (2, "parley: PORT is a port, 0 to 65535, not 'here'\n")


def test_help_loads_nothing_that_is_slow() -> None:
    program = (
        "import sys; sys.argv = ['parley', 'token', '--help']\n"
        "from cli.app import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "slow = {'boto3', 'botocore', 'rich', 'aiohttp', 'jwt', 'redis', 'yaml'}\n"
        "print('loaded:', sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_the_launcher_runs_from_any_folder(tmp_path: Path) -> None:
    link = tmp_path / "parley"
    link.symlink_to(ROOT / "bin" / "parley")
    done = subprocess.run(
        [link, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.startswith("Usage: parley [OPTIONS] COMMAND [ARGS]...")


def test_every_permission_that_doctor_takes_is_on_the_page() -> None:
    called: set[tuple[str, str]] = set()
    for path in (ROOT / "cli").glob("**/*.py"):
        if path.parent.name == "doctor" or path.name in ("stacks.py", "tokens.py"):
            text = path.read_text()
            called |= set(re.findall(r'(?:call|pages)\(\s*"([\w-]+)",\s*"(\w+)"', text))
    assert len(called) > 10
    for service, operation in called:
        name = operation_name(operation)
        assert f"`{permission_of(service, name)}`" in section("doctor"), (service, operation)


def operation_name(method: str) -> str:
    return "".join(part.capitalize() for part in method.split("_")).replace("Aws", "AWS")
