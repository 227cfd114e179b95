"""A separate program that searches lines with Python's regular expressions; the kernel ends it when its time
is up.

A question is a line of JSON, `[seconds, expression, [line, ...]]`. So is the answer, `[seconds used, error,
groups, [[number of the line, first group], ...]]`, where `error` says why the expression is invalid. The
clock counts the program's CPU time, so that a busy machine does not make an expression slow. Its signal ends
the program even within a match, which no Python handler could interrupt. Imports the standard library only.
"""

import json
import re
import resource
import signal
import sys
import time

_MEMORY = 512 << 20


def answer(expression: str, lines: list[str]) -> tuple[str, int, list[tuple[int, str]]]:
    """Return the error of an expression, its number of groups, and the first group in each line that matches."""
    try:
        pattern = re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error) or "it makes no sense", 0, []
    matches = ((number, pattern.search(line)) for number, line in enumerate(lines))
    found = [(number, match[1]) for number, match in matches if match and pattern.groups]
    return "", pattern.groups, [(number, text) for number, text in found if text is not None]


def main() -> None:
    """Answer questions until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for question in sys.stdin:
        seconds, expression, lines = json.loads(question)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        began = time.process_time()
        error, groups, found = answer(expression, lines)
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps([time.process_time() - began, error, groups, found]), flush=True)


if __name__ == "__main__":
    main()
