"""Nothing that people send becomes part of a query, script or pattern (M7)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ADAPTERS = Path(__file__).parents[2] / "layers" / "core" / "parley" / "adapters"
# Calls that take a whole statement as text, or walk over keys by pattern.
STATEMENTS = {"execute_statement", "batch_execute_statement", "execute_transaction"}
PATTERNS = {"keys", "scan", "scan_iter", "sscan", "hscan", "zscan", "psubscribe"}
# What expressions of DynamoDB are made of.
SIGNS = ("attribute_", "begins_with", " AND ", " OR ", "SET ", "REMOVE ", " = ", " <> ", "BETWEEN")


def modules(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ADAPTERS / folder).rglob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def made_expressions(tree: ast.AST) -> Iterator[ast.JoinedStr]:
    """Give the f-strings that look like expressions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            fixed = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
            if any(sign in f" {fixed} " for sign in SIGNS):
                yield node


def inserted(expression: ast.JoinedStr) -> Iterator[str]:
    """Give what is put in, but for the names of placeholders: ``#name``, ``:name``."""
    before = ""
    for part in expression.values:
        if isinstance(part, ast.FormattedValue) and not before.endswith(("#", ":")):
            yield ast.unparse(part.value)
        before = str(part.value) if isinstance(part, ast.Constant) else ""


def is_constant(name: str) -> bool:
    return name.rpartition(".")[2].lstrip("_").isupper()


@pytest.mark.scenario("M7")
def test_expressions_of_the_table_hold_names_of_ours_and_placeholders_only() -> None:
    found = 0
    for module, tree in modules("dynamodb"):
        if module == "errors.py":
            continue
        for expression in made_expressions(tree):
            found += 1
            variable = [name for name in inserted(expression) if not is_constant(name)]
            assert variable == [], f"{module}:{expression.lineno}"
    assert found > 0


@pytest.mark.scenario("M7")
def test_conditions_on_keys_are_constant_and_no_statement_is_made_of_text() -> None:
    conditions = []
    for module, tree in modules("dynamodb"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "KeyConditionExpression":
                        conditions.append(value)
            assert not (isinstance(node, ast.Attribute) and node.attr in STATEMENTS), module
    assert conditions
    assert all(isinstance(condition, ast.Constant) for condition in conditions)


@pytest.mark.scenario("M7", "M6")
def test_redis_is_asked_by_scripts_from_files_and_never_by_pattern() -> None:
    for module, tree in modules("redis"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = node.func.attr
                on_client = "client" in ast.unparse(node.func.value)
                assert not (on_client and called in PATTERNS), f"{module}:{node.lineno}"
    scripts = list((ADAPTERS / "redis").rglob("*.lua"))
    assert len(scripts) > 10
    for script in scripts:
        text = script.read_text(encoding="utf-8").upper()
        assert not any(word in text for word in ("'KEYS'", "'SCAN'", "LOADSTRING", "'EVAL")), script


@pytest.mark.parametrize(
    ("code", "variable"),
    [
        ('f"pk = :pk AND {name} = :x"', ["name"]),
        ('f"{actions.ABSENT} OR #list <> :list"', []),
        ('f"SET #x = {value}"', ["value"]),
        ('f"#{name} = :{name}"', []),
    ],
)
def test_an_expression_with_something_of_others_would_be_noticed(
    code: str, variable: list[str]
) -> None:
    (expression,) = made_expressions(ast.parse(code))
    assert [name for name in inserted(expression) if not is_constant(name)] == variable
