"""`python -I -S filtered.py PROGRAM WORD…`: become PROGRAM, without the system calls that a job does not have.

For sandboxes that cannot take the filter themselves. Standard library only.
"""

from __future__ import annotations

import os
import sys


def main(words: list[str]) -> None:
    """Exit status 127 where there is no such program, as of a shell."""
    from supervise import libc, seccomp  # pyright: ignore[reportMissingImports]

    libc.filter_system_calls(seccomp.program())
    try:
        os.execvp(words[0], words)
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr)
    raise SystemExit(127)


if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    main(sys.argv[1:])
