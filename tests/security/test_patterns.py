"""Expressions and patterns that users send: none is slow, whatever text it is tried on, and none runs in the platform's
own processes by an engine that goes back."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import clary
from clary.access.evaluator import compile_stored
from clary.access.patterns import Template, arn_regex, wildcard_regex
from clary.kernel import AwsError
from clary.plane.expressions import Linear, Matcher, OutOfTime, Unsupported
from clary.services import load_services
from clary.services.iam.statement_positions import statement_spans
from clary.services.logs.patterns import compile_pattern
from clary.services.s3.acls import grants
from clary.wire.parse import numbers, text
from clary.wire.patterns import compile_pattern as model_pattern
from tests.security.ambiguity import Automaton, exponential, polynomial
from tests.security.effort import assert_cheap, seconds

SOURCE = Path(clary.__file__).parent
_METHODS = ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")

# Where the platform makes an expression out of something that is not written in its source, and why none is slow.
MADE = {
    "access/patterns.py:_wildcard": "what stands between stars is an atomic group",
    "access/patterns.py:_arn": "the same",
    "access/document.py:_either": "alternatives of the same",
    "services/s3/cors.py:_compiled": "one star at most (PutBucketCors refuses a second), all else escaped",
    "wire/patterns.py:compile_pattern": "the patterns of AWS's models: see below",
    "plane/sites/place.py:host_pattern": "a pattern of a service's source; no name in it matches the dot that ends it",
    "wire/source.py:_after": "the names are constants",
    "plane/expressions/matcher_program.py:answer": "a process of its own, with a clock",
}

# Expressions of the source that a text could make slow, and why that text cannot come.
HARMLESS = {
    "clary.services.cloudwatch.math.syntax._TOKEN": "reads one token: nothing has to follow it, so nothing is tried again",
    "clary.services.logs.patterns.tokens._TOKEN": "the same",
    "clary.services.logs.patterns.space_delimited._WORD": "the same",
    "clary.wire.parse.text._DATE_ITEM": "the same: whatever follows, the item ends at a comma or at the end",
    "clary.wire.parse.text._LIST_ITEM": "the same",
    "clary.wire.canonical._SIGNATURE": "the same",
    "clary.services.stepfunctions.integrations.targets._WORDS": "the same, of names of members in botocore's models",
    "clary.services.secretsmanager.filters._WORD": "the same, of values of at most 512 characters",
    "clary.wire.form_data._BOUNDARY": "looks at 200 characters behind each of its words, in a header",
    "clary.wire.route._CREDENTIAL": "the same",
    "clary.plane.sites.place._PART": "reads patterns of hosts in the source of services",
    "clary.services.accessanalyzer.checks.variables._VARIABLE": "the same: without its end it takes all that is left",
    "clary.services.iam.providers.metadata._SPACE": "the same",
    "clary.services.s3.access_logs.lines._SECRET": "the same, behind one of three words",
    "clary.runs.images._LIBRARY": "reads what ldd says of the machine's own programs",
    "clary.store.dialect._TOKEN": "reads the source's own SQL",
    "clary.store.statements._TOKEN": "the same",
    "clary.store.schemas._WORD": "the same",
}


class TestSource:
    def test_no_expression_is_made_of_a_users_text_elsewhere(self) -> None:
        assert set(_made()) == set(MADE)

    def test_nothing_but_one_module_knows_re2(self) -> None:
        known = {
            path.name for path in SOURCE.rglob("*.py") if re.search(r"^import re2", path.read_text(), re.M)
        }
        assert known == {"linear.py"}

    def test_expressions_of_the_source_are_linear(self) -> None:
        slow = {
            name
            for name, (pattern, how) in _constants().items()
            if _is_slow(pattern.pattern, pattern.flags)
            or (how & {"search", "sub", "subn", "split", "findall", "finditer"} and _is_slow(f"(?s:.*?)(?:{pattern.pattern})", pattern.flags))
        }  # fmt: skip
        assert slow <= set(HARMLESS)

    def test_patterns_of_models_are_linear_or_for_short_values(self) -> None:
        """Of the input of every operation that is here. A pattern may be quadratic where the model bounds the value."""
        for pattern, longest in _model_patterns().items():
            compiled = model_pattern(pattern)
            automaton = Automaton(compiled.pattern, compiled.flags & (re.IGNORECASE | re.ASCII))
            assert not exponential(automaton), pattern
            assert longest <= 2048 or not polynomial(automaton), pattern


@pytest.mark.parametrize(
    ("expression", "slow"),
    [
        ("(a+)+b", "exponential"),
        ("(ab|[ac]b)*x", "exponential"),
        ("([a-z]+|[0-9a-f]+)*x", "exponential"),
        ("a*a*b", "polynomial"),
        (r".*\..*", "polynomial"),
        ("(-[a-z]+)*", ""),
        ("([a-z]|%[0-9]{2})*", ""),
        (r"\w+@\w+", ""),
    ],
)
def test_the_test_itself(expression: str, slow: str) -> None:
    automaton = Automaton(expression)
    assert exponential(automaton) is (slow == "exponential")
    assert polynomial(automaton) or slow != "polynomial"
    assert slow or not polynomial(automaton)


def _is_slow(source: Any, flags: int) -> bool:
    automaton = Automaton(
        source if isinstance(source, str) else source.decode("latin-1"), flags & ~re.UNICODE
    )
    return exponential(automaton) or polynomial(automaton)


def _made() -> Iterator[str]:
    """Calls of `re` whose expression is no text of the source."""
    for path in SOURCE.rglob("*.py"):
        module = path.relative_to(SOURCE).as_posix()
        if module.startswith("cli/"):  # a program of the user's own, on his own texts
            continue
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in ast.walk(function):
                if _is_of_re(call) and not isinstance(call.args[0], ast.Constant):
                    yield f"{module}:{function.name}"


def _is_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("re", "fnmatch")
        and node.func.attr in (*_METHODS, "fnmatch", "fnmatchcase", "filter", "translate")
    )


def _constants() -> dict[str, tuple[re.Pattern[Any], set[str]]]:
    """The compiled expressions of every module, and by which of their methods it uses them."""
    found = {}
    for module in pkgutil.walk_packages(clary.__path__, "clary."):
        if ".cli" in module.name or module.name.endswith(("__main__", ".postgres", "matcher_program")):
            continue
        loaded = importlib.import_module(module.name)
        source = Path(str(loaded.__file__)).read_text()
        for name, value in vars(loaded).items():
            pattern = getattr(value, "__self__", value)
            if isinstance(pattern, re.Pattern) and re.search(rf"^{name}\b.* = ", source, re.MULTILINE):
                found[f"{module.name}.{name}"] = pattern, set(re.findall(rf"\b{name}\.(\w+)\(", source))
    return found


def _model_patterns() -> dict[str, float]:
    """Patterns in what our operations take, and the longest value that each is tried on."""
    longest: dict[str, float] = defaultdict(float)

    def walk(shape: Any, above: frozenset[str]) -> None:
        if shape is None or shape.name in above:
            return
        members = {"structure": "members", "list": "member", "map": "value"}.get(shape.type_name)
        parts = getattr(shape, members) if members else ()
        for part in parts.values() if isinstance(parts, dict) else [parts] if members else ():
            walk(part, above | {shape.name})
        if shape.type_name == "map":
            walk(shape.key, above | {shape.name})
        if shape.type_name == "string" and shape.metadata.get("pattern"):
            most = float(shape.metadata.get("max") or "inf")
            longest[shape.metadata["pattern"]] = max(longest[shape.metadata["pattern"]], most)

    for service in load_services().values():
        for operation in service.actions:
            walk(service.model.operations[operation].input, frozenset())
    return longest


# Log events ---------------------------------------------------------------------------------------------------------


def deep(n: int) -> str:
    return '{"a":' * 200 + "[" + "1," * n + "1]" + "}" * 200


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%a*a*a*a*b%", lambda n: "a" * n),
        ("%" + "a*" * 300 + "b%", lambda n: "a" * n),
        ("%[ab]*a[ab]{400}c%", lambda n: "ab" * (n // 2)),
        ("%" + ".?" * 100 + "b% %" + ".?" * 100 + "c%", lambda n: "a" * n),
        ("[a, b]", lambda n: "[ " * (n // 2)),
        ("[a, b]", lambda n: '" ' * (n // 2)),
        ("[..., a = %x*x*x*y%]", lambda n: "x" * n),
        ("{ $" + ".a" * 200 + ".* = 2 }", deep),
        ("{ $.* = 2 || $.* = 3 || $.* = 4 }", lambda n: "[" + "1," * (n // 2) + "1]"),
        ("{ " + " || ".join("$.a = *x*y*" for _ in range(60)) + " }", lambda n: json.dumps({"a": "x" * n})),
        (" ".join(f'"aaaaaaaa{n}"' for n in range(60)), lambda n: "a" * n),
        ('?"a" -"b" ' * 90, lambda n: "c" * n),
    ],
)
def test_no_filter_pattern_is_slow(pattern: str, message: Callable[[int], str]) -> None:
    def make(size: int) -> Callable[[], object]:
        given = message(size)
        return lambda: compile_pattern(pattern)(given)

    assert_cheap(make, 32_000)


@pytest.mark.parametrize(
    "pattern",
    [
        "%a% %b% %c%",  # two expressions a pattern (AWS, "Supported regular expressions", Quotas)
        "{ $.a = %a% || $.b = %b% || $.c = %c% }",
        "[a = %a%, b = %b%, c = %c%]",
        "%something!%",  # the example of the same page
        "%(a)%",
        "%ä%",
        r"%\pL%",
        r"%\Qa\E%",
        r"%\1%",
        "%a{99999999999}%",
        "%a{1001}%",
        "%a{,3}%",
        "%" + "[a-z]{900}" * 4 + "%",
        "%a**%",
        "{ $.*.* = 1 }",  # one wildcard a selector, three a pattern (AWS, "Using filter patterns … JSON log events")
        "{ $.a[*].b[*] = 1 }",
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
    ],
)
def test_a_pattern_beyond_awss_limits_is_refused(pattern: str) -> None:
    with pytest.raises(AwsError, match="Invalid filter pattern") as caught:
        compile_pattern(pattern)
    assert caught.value.code == "InvalidParameterException"


@pytest.mark.parametrize(
    ("pattern", "message", "met"),
    [
        # The examples of "Supported regular expressions".
        ("%^[hc]at%", "hat", True),
        ("%^[hc]at%", "that", False),
        ("%[hc]at$%", "that", True),
        ("%colou?r%", "color", True),
        ("%[abcx-z]%", "z", True),
        ("%a{3,5}%", "aa", False),
        ("%a{3,5}%", "aaaa", True),
        ("%gra|ey%", "grey", True),
        (r"%10\.10\.0\.1%", "10-10.0.1", False),
        ("%ab*c%", "ac", True),
        ("%ab+c%", "ac", False),
        ("%.at%", "hat", True),
        (r"%\d{3}%", "a 404", True),
        (r"%\D%", "404", False),
        (r"%\s%", "a b", True),
        (r"%\S%", "  ", False),
        (r"%\w%", "_", True),
        (r"%\W%", "_", False),
        (r"%\x40%", "a@b", True),
        (r"{ $.a[*] = 1 && $.b[*] = 2 && $.c[*] = 3 }", '{"a": [1], "b": [2], "c": [3]}', True),
    ],
)
def test_what_aws_takes_is_taken(pattern: str, message: str, met: bool) -> None:
    assert compile_pattern(pattern)(message) is met


# Elsewhere ----------------------------------------------------------------------------------------------------------


class TestTheTwoEngines:
    @pytest.mark.parametrize(
        "expression",
        ["(?<=x)(a)", "(?=a)(a)", "(?!a)(b)", r"(a)\1", "(?>a)(b)", "(a++)", "x{,3}(a)", "(a){1001}", "a" * 1025, r"(a)\Z"],
    )  # fmt: skip
    def test_what_re2_does_not_take(self, expression: str) -> None:
        with pytest.raises(Unsupported):
            Linear(expression)

    @pytest.mark.parametrize(
        ("expression", "text", "group"),
        [
            ("loss=([0-9.]+)", "epoch 1 loss=0.25 acc=1", "0.25"),
            ("loss=(.*?);", "loss=1;loss=2;", "1"),
            ("(?i)LOSS: ([-+0-9.e]+)", "Loss: 1e-3", "1e-3"),
            (r"(?P<v>\d+)$", "a 12", "12"),
            ("(a)|(b)", "b", None),
            ("ü=(.)", "ü=ö", "ö"),
            ("nothing", "nothing", None),
        ],
    )
    def test_both_find_the_same(self, expression: str, text: str, group: str | None) -> None:
        matcher = Matcher()
        try:
            found = matcher.search(expression, [text], 5.0).lines
        finally:
            matcher.close()
        assert Linear(expression).first_group(text) == group
        assert found == ([(0, group)] if group is not None else [])

    def test_the_other_engine_has_a_clock_and_a_next_question(self) -> None:
        matcher = Matcher()
        try:
            with pytest.raises(OutOfTime):
                matcher.search("(?=a)(a+)+b", ["a" * 60], 0.05)
            assert matcher.search("(?<=x)(a)", ["xa", "b"], 5.0).lines == [(0, "a")]
        finally:
            matcher.close()

    @pytest.mark.parametrize(
        "expression", ["(", "(a){99999999999}", "(" * 400 + "a" + ")" * 400, "(?<=a*)(b)"]
    )
    def test_what_is_no_expression_is_said_to_be_none(self, expression: str) -> None:
        matcher = Matcher()
        try:
            assert matcher.search(expression, ["a"], 5.0).error or expression.startswith("((")
        finally:
            matcher.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda n: lambda: Template("${" * n),
        lambda n: lambda: Template("${a}" * n).fill({"a": ("x",)}),
        lambda n: lambda: wildcard_regex("*a" * 400 + "b").fullmatch("a" * n),
        lambda n: lambda: arn_regex("arn:aws:s3:::" + "*a" * 400 + "b").fullmatch("arn:aws:s3:::" + "a" * n),
        lambda n: lambda: numbers._FLOAT.fullmatch("1" * n + "x"),
        lambda n: lambda: text._parts("a" + " " * n + "b"),
        lambda n: lambda: text._parts('"a' * n),
        lambda n: lambda: text._DATE_ITEM.findall(("a, " + " " * 20) * (n // 20)),
        lambda n: lambda: grants.GRANTEE.fullmatch('id="' + " " * n + '"x'),
        lambda n: (
            lambda: statement_spans.__wrapped__('{"Statement":[' + ",".join(["{\n}"] * (n // 20)) + "]}")
        ),
    ],
)
def test_no_text_makes_reading_slow(make: Callable[[int], Callable[[], object]]) -> None:
    assert_cheap(make, 16_000)


def test_a_large_policy_is_not_remembered() -> None:
    """Simulations bring policies that are stored nowhere: each would hold memory for ever."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::" + "x" * 30_000]}
    large = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert compile_stored(large) is not compile_stored(large)
    small = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    assert compile_stored(small) is compile_stored(small)
    assert seconds(lambda: compile_stored(large)) < 0.5
