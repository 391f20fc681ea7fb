"""What the command cannot do, as one sentence, and the exit codes (docs/cli.md).

0: done. 1: done, and the answer is bad. 2: the command line is wrong. 3: nobody could be asked.
"""

from __future__ import annotations

DONE = 0
BAD = 1
WRONG_USE = 2
CANNOT = 3


class CliError(Exception):
    """Raised when there is no answer; its text is one line that says what to do."""

    exit_code = CANNOT


class WrongUse(CliError):
    """Raised for options and arguments that cannot be meant."""

    exit_code = WRONG_USE


class BadAnswer(CliError):
    """Raised when the answer is no: refused by Parley, or not to be found."""

    exit_code = BAD


class Denied(CliError):
    """Raised when the caller's credentials lack a permission, which it names."""

    def __init__(self, permission: str) -> None:
        """Keep the permission, as IAM policies spell it."""
        super().__init__(f"not allowed: these credentials lack {permission}")
        self.permission = permission


class AwsRefused(CliError):
    """Raised when AWS answers with any other error."""

    def __init__(self, code: str, message: str, operation: str) -> None:
        """Keep AWS's code and words."""
        super().__init__(f"{operation} failed: {code}: {message}")
        self.code = code
        self.message = message
