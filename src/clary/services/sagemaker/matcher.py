"""A program of its own: tries regular expressions on lines, and is ended by the kernel when one takes too long.

A question is a line of JSON, `[expression, [line, ...]]`; so is its answer, `[[number of the line, first group], ...]`.
The clock counts the program's own seconds of work, so that a busy machine makes no expression slow, and its signal
ends the program even within a match, which no handler could interrupt. Imports the standard library alone.
"""

import json
import re
import signal
import sys

SECONDS = 2.0


def found(expression: str, lines: list[str]) -> list[tuple[int, str]]:
    """The first group in every line that has one; nothing for what is no expression."""
    try:
        pattern = re.compile(expression)
    except re.error:
        return []
    matches = ((number, pattern.search(line)) for number, line in enumerate(lines))
    return [(number, match[1]) for number, match in matches if match and match.groups() and match[1]]


def main() -> None:
    """Answer questions until there are no more."""
    for question in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        answer = json.dumps(found(*json.loads(question)))
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
