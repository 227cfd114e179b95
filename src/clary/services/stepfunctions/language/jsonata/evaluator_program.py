"""A separate program that evaluates JSONata expressions; the kernel ends it when its time is up.

A question is a line of JSON, `[seconds, [expression, ...], bindings]`, or with bindings `null` for a check of the syntax. The
answer is one, too: `[[0, value], ...]` for what was evaluated, where `[1]` is an undefined value, and `[2, message]`, at
which it ends, one that failed. The clock counts CPU time, and its signal ends the program even within a regular
expression. Imports the standard library and the library of JSONata only.
"""

import contextlib
import hashlib
import json
import math
import random
import resource
import signal
import sys
import uuid
from functools import lru_cache
from typing import Any

import jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils

_MEMORY = 512 << 20
_DEEPEST = 200
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_MOST_ITEMS = 1_000_000
_LARGEST = 4 << 20


def partition(items: Any, size: Any) -> Any:
    """Return an array in chunks ($partition of Step Functions)."""
    if items is None:
        return None
    if not isinstance(items, list) or not isinstance(size, (int, float)) or size < 1:
        raise ValueError("$partition expects an array and a size")
    by = int(size)
    return [list(items[at : at + by]) for at in range(0, len(items), by)]


def numbers(first: Any, last: Any, by: Any) -> Any:
    """Return an array of numbers ($range of Step Functions)."""
    if None in (first, last, by):
        return None
    if by == 0 or (last - first) / by > _MOST_ITEMS:
        raise ValueError("$range expects a step that is not 0, and at most 1,000,000 items")
    count = math.floor((last - first) / by) + 1
    return [first + number * by for number in range(max(0, count))]


def digest(text: Any, algorithm: Any = "SHA-256") -> Any:
    """Return the hash of a string ($hash of Step Functions)."""
    if text is None:
        return None
    if algorithm not in _HASHES or not isinstance(text, str):
        raise ValueError("$hash expects a string and one of " + ", ".join(_HASHES))
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def chance(seed: Any = None) -> float:
    """Return a number from 0 up to 1, the same one for the same seed ($random of Step Functions)."""
    return random.random() if seed is None else random.Random(seed).random()


def new_uuid() -> str:
    """Return a UUID ($uuid of Step Functions)."""
    return str(uuid.uuid4())


def parsed(text: Any) -> Any:
    """Return the value of JSON text ($parse of Step Functions)."""
    return None if text is None else nulls(json.loads(text))


def refused(*_: Any) -> Any:
    """Refuse $eval, which Step Functions does not have."""
    raise ValueError("Attempted to invoke a non-function: $eval")


_FUNCTIONS = {
    "partition": partition,
    "range": numbers,
    "hash": digest,
    "random": chance,
    "uuid": new_uuid,
    "parse": parsed,
    "eval": refused,
}


def nulls(value: Any) -> Any:
    """Return a value in which null is the library's own null, which is not the undefined value."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {name: nulls(one) for name, one in value.items()}
    return [nulls(one) for one in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """Return a result as JSON has it. Raise ValueError for a function."""
    if value is Utils.NULL_VALUE or value is None:
        return None
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return int(value) if math.isfinite(value) and value == int(value) and abs(value) < 2**63 else value
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(one) for one in value]
    if hasattr(value, "__iter__"):
        return [plain(one) for one in value]
    raise ValueError("The result is a function, which JSON does not have.")


@lru_cache(maxsize=1024)
def compiled(text: str) -> Any:
    """Return an expression with the functions of Step Functions."""
    found = jsonata.Jsonata(text)
    found.set_output_convert_nulls(False)
    for name, function in _FUNCTIONS.items():
        found.register_lambda(name, function)
    return found


def evaluate(text: str, bindings: dict[str, Any]) -> list[Any]:
    """Return the answer for one expression."""
    try:
        found = compiled(text)
        frame = found.create_frame()
        frame.set_runtime_bounds(60_000, _DEEPEST)
        for name, value in bindings.items():
            frame.bind(name, value)
        result = found.evaluate(None, frame)
        return [1] if result is None else [0, plain(result)]
    except (
        JException,
        ValueError,
        TypeError,
        ArithmeticError,
        RecursionError,
        KeyError,
        AttributeError,
    ) as error:
        return [2, str(error) or type(error).__name__]


def check(text: str) -> list[Any]:
    """Return the answer for an expression that is only read."""
    try:
        compiled(text)
    except (JException, ValueError, TypeError, RecursionError, KeyError, AttributeError) as error:
        return [2, str(error) or type(error).__name__]
    return [1]


def answers(texts: list[str], bindings: dict[str, Any] | None) -> list[list[Any]]:
    """Return the answers for some expressions, up to the first that fails."""
    found: list[list[Any]] = []
    seen = None if bindings is None else nulls(bindings)
    for text in texts:
        found.append(check(text) if seen is None else evaluate(text, seen))
        if found[-1][0] == 2 and seen is not None:
            break
    return found


def written(found: list[list[Any]]) -> str:
    """Return answers as a line. A value that JSON does not have, or that is too large, is a problem."""
    try:
        line = json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError) as error:
        return json.dumps([[2, str(error)]])
    return line if len(line) <= _LARGEST else json.dumps([[2, "The result is too large."]])


def main() -> None:
    """Answer questions until the input ends."""
    sys.setrecursionlimit(6000)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for question in sys.stdin:
        seconds, texts, bindings = json.loads(question)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        found = written(answers(texts, bindings))
        signal.setitimer(signal.ITIMER_PROF, 0)
        with contextlib.suppress(BrokenPipeError):
            print(found, flush=True)


if __name__ == "__main__":
    main()
