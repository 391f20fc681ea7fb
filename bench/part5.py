"""What part 5 must show: template, packaging, a deployment, costs and operations, with figures.

Each function gives whether it passed, and its figures in a line. It takes about ten minutes.
"""

import os
import re
import subprocess
import sys
import time
from functools import cache

from bench.checks import Check, Shown
from bench.cost import shown as cost
from tests.support.stack import ROOT
from tests.template.test_checkov import accepted
from tests.template.variants import VARIANTS
from tools.layer_files import zipped_bytes

DEPLOYED_S = 240
LAYER_MB = 25


def lint() -> Shown:
    """`sam validate --lint`, and cfn-lint over what would be deployed in each variant."""
    shown = _pytest("tests/template/test_lint.py")
    return Shown(shown.ok, f"0 findings in {len(VARIANTS)} variants, {shown.figure}")


def checkov() -> Shown:
    """Run checkov over every variant; each finding has a reason, and each reason a finding."""
    shown = _pytest("tests/template/test_checkov.py")
    return Shown(shown.ok, f"{len(accepted())} accepted findings with a reason, {shown.figure}")


def rendered() -> Shown:
    """Look through what would be deployed: permissions, secrets, bounds, dead letters."""
    names = ("rendered", "permissions", "parameters", "operations")
    return _pytest(*(f"tests/template/test_{name}.py" for name in names))


def rules() -> Shown:
    """Wrong parameters are refused with a sentence, before anything is deployed."""
    return _pytest("tests/template/test_rules.py")


def modes() -> Shown:
    """Every mode of Redis renders as it should (1a lints them); redis-py works with each."""
    template = _pytest("tests/template/test_rendered.py", "tests/template/test_permissions.py")
    clients = _pytest(
        "tests/contract/test_redis_on_aws.py", "tests/contract/test_redis_external.py"
    )
    modes = [name for name in VARIANTS if name in ("vpc", "vpc-ipv6", "public", "external")]
    figure = f"{', '.join(modes)}: {template.figure}; clients: {clients.figure}"
    return Shown(template.ok and clients.ok and len(modes) == 4, figure)


def deployed() -> Shown:
    """Build, deploy into the emulator, and use what is deployed as a user would."""
    started = time.monotonic()
    done = _run("make", "test-deployed")
    took_s = time.monotonic() - started
    figures = _figures(done.stdout)
    ok = done.returncode == 0 and took_s < DEPLOYED_S
    return Shown(ok, f"{figures} ({took_s:.0f} s in all, below {DEPLOYED_S})")


def packaging() -> Shown:
    """What is in the layer, on any Python, twice the same."""
    return _pytest("tests/packaging")


@cache
def _built() -> tuple[str, ...]:
    """Build twice from here, and return what `make build` says each time."""
    return tuple(_run("make", "build").stdout for _ in range(2))


def build() -> Shown:
    """`make build` twice: the same hashes, and a layer that is small enough."""
    hashes = [sorted(re.findall(r"[0-9a-f]{64}", text)) for text in _built()]
    zipped_mb = zipped_bytes(ROOT / ".aws-sam/build/CoreLayer") / 1e6
    ok = hashes[0] == hashes[1] and len(hashes[0]) > 1 and zipped_mb < LAYER_MB
    return Shown(
        ok,
        f"{len(hashes[0])} artifacts with the same hash twice, "
        f"layer {zipped_mb:.1f} MB zipped (below {LAYER_MB})",
    )


def where() -> Shown:
    """Let a push fail, and ask what became of the message."""
    return _pytest("tests/cli/test_local.py", "-k", "where")


def command() -> Shown:
    """Every command, on this machine and against a deployment."""
    return _pytest("tests/cli")


def _pytest(*arguments: str) -> Shown:
    done = _run(sys.executable, "-m", "pytest", "-q", *arguments)
    return Shown(done.returncode == 0, _figures(done.stdout))


def _figures(output: str) -> str:
    figures = [line.strip("= ") for line in output.splitlines() if " passed" in line]
    return figures[-1] if figures else "no test passed"


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    # Of the make that runs this, and would be of the one that it runs.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)


CHECKS = (
    Check("1a", "sam validate --lint, cfn-lint", lint),
    Check("1b", "checkov", checkov),
    Check("1c", "the rendered template", rendered),
    Check("1d", "wrong parameters are refused with a sentence", rules),
    Check("2a", "deployed into the emulator, and used", deployed),
    Check("2b", "the modes of Redis", modes),
    Check("2c", "make build, twice", build),
    Check("2d", "what is in the layer", packaging),
    Check("3", "costs", cost.worked_example),
    Check("4a", "parley where, after a push that failed", where),
    Check("4b", "all of the command", command),
)
