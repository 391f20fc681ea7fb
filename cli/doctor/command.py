"""The whole of `parley doctor`: make all checks, and tell what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.aws import NoCredentials
from cli.doctor import (
    account_checks,
    api_checks,
    log_checks,
    secret_checks,
    stack_checks,
    store_checks,
    token_checks,
)
from cli.doctor.findings import Finding, Patient, Status, fail
from cli.errors import CliError

CHECKS = (
    *stack_checks.CHECKS,
    *secret_checks.CHECKS,
    *api_checks.CHECKS,
    *token_checks.CHECKS,
    *store_checks.CHECKS,
    *account_checks.CHECKS,
    *log_checks.CHECKS,
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings."""

    name: str
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Tell whether nothing has failed."""
        return all(finding.status is not Status.FAIL for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "stack": self.name,
            "ok": self.is_well,
            "counts": {status.value: self._count(status) for status in Status},
            "checks": [
                {
                    "name": each.name,
                    "status": each.status.value,
                    "says": each.says,
                    "todo": each.todo,
                }
                for each in self.findings
            ],
        }

    def as_text(self) -> Iterator[str]:
        """Return it in words."""
        wide = max((len(each.name) for each in self.findings), default=0)
        for each in self.findings:
            yield f"{each.status.value:7} {each.name:{wide}}  {each.says}"
            if each.todo is not None:
                yield f"{'':{wide + 10}}→ {each.todo}"
        counted = ", ".join(f"{self._count(status)} {status.value}" for status in Status)
        yield f"{self.name}: {counted}"

    def _count(self, status: Status) -> int:
        return Counter(each.status for each in self.findings)[status]


def diagnose(patient: Patient) -> Diagnosis:
    """Make all checks; one whose stack or credentials are missing ends with that."""
    name = patient.target.stack_name
    findings: list[Finding] = []
    try:
        with patient.output.progress("Looking", len(CHECKS)) as step:
            # Everything else hangs on it.
            _ = patient.target.stack
            for check in CHECKS:
                findings += check.findings(patient)
                step(1)
    except NoCredentials as exc:
        findings.append(fail("credentials", str(exc), "sign in, and run doctor again"))
    except CliError as exc:
        findings.append(fail("stack", str(exc), "name the stack, the Region and the account"))
    return Diagnosis(name, findings)
