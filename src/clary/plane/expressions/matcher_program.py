"""A program of its own: tries Python's regular expressions on lines, and is ended by the kernel when its time is up.

A question is a line of JSON, `[seconds, expression, [line, ...]]`; the answer is one too, `[seconds used, error, groups,
[[number of the line, first group], ...]]`, where `error` says why it is no expression. The clock counts the program's
own seconds of work, so that a busy machine makes no expression slow, and its signal ends the program even within a
match, which no handler could interrupt. Imports the standard library alone.
"""

import json
import re
import resource
import signal
import sys
import time

_MEMORY = 512 << 20


def answer(expression: str, lines: list[str]) -> tuple[str, int, list[tuple[int, str]]]:
    """What is wrong with an expression, the number of its groups, and the first one in every line that has it."""
    try:
        pattern = re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error) or "it makes no sense", 0, []
    matches = ((number, pattern.search(line)) for number, line in enumerate(lines))
    found = [(number, match[1]) for number, match in matches if match and pattern.groups]
    return "", pattern.groups, [(number, text) for number, text in found if text is not None]


def main() -> None:
    """Answer questions until there are no more."""
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
