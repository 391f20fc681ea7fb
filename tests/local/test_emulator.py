"""The emulator's quick judgement of queries says what its own, slow one does."""

import json
import subprocess

from local.servers import EMULATOR, EMULATOR_PYTHON

JUDGE_BOTH = """
import json, runpy, sys
quick = runpy.run_path(sys.argv[1], run_name="quick")
said = []
for pk in ("room", "other"):
    for sk in ("", "M", "M#", "M#1", "M#1 ", "M#2", "M#é", "M#😀", "M$", "N"):
        item = {"pk": {"S": pk}, "sk": {"S": sk}}
        for low, high in (("M#", "M#~"), ("M#1", "M#2"), ("M#1", "M#1"), ("M#é", "M#😀")):
            values = {":pk": {"S": "room"}, ":low": {"S": low}, ":high": {"S": high}}
            asked = (quick["RANGE"], item, values, {})
            said.append([quick[judge](*asked, slot=quick["SLOT"]) for judge in judges])
print(json.dumps(said))
"""


def test_what_is_judged_quickly_is_judged_the_same() -> None:
    judges = 'judges = ("evaluate", "_evaluate")\n'
    done = subprocess.run(
        [EMULATOR_PYTHON, "-I", "-c", judges + JUDGE_BOTH, EMULATOR],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert all(quick == slow for quick, slow in said)
    assert {quick for quick, _ in said} == {True, False}
