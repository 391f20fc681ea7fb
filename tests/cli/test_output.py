"""What the command writes where: results, notes, progress."""

import json
import sys

import pytest

from cli.errors import BadAnswer
from cli.output import Output, shown
from tests.cli.running import Terminal


def test_results_are_text_or_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    Output().result({"a": 1}, ["one", "two"])
    assert capsys.readouterr().out == "one\ntwo\n"
    Output(as_json=True).result({"name": "Ångström"}, ["one"])
    said = capsys.readouterr()
    assert json.loads(said.out) == {"name": "Ångström"}
    assert "Ångström" in said.out
    assert said.err == ""


def test_a_failure_is_one_line_and_for_programs_an_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=True).failed(BadAnswer("no"))
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": "no", "exitCode": 1}
    assert said.err == "parley: no\n"


def test_ids_cannot_move_or_hide_text_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown("a\u202eb\x1b[2Jc") == "a\\u{202e}b\\u{1b}[2Jc"
    Output().result({}, ["bob\x1b[1A: read"])
    assert "\x1b" not in capsys.readouterr().out


def test_progress_is_shown_to_people_and_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Output(as_json=True).progress("Redriving", 4) as step:
        step(3)
    assert "Redriving" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_progress_is_silent_where_nobody_looks_on(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("Redriving", 4) as step:
        step(4)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
