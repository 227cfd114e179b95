"""`python -I -S filtered.py PROGRAM WORD…`: become PROGRAM, without the system calls that a job does not have.

For sandboxes that cannot take the filter themselves. Standard library only.
"""

from __future__ import annotations

import os
import sys


def main(words: list[str]) -> None:
    """Exit status 127 where there is no such program, as of a shell."""
    from clary_supervisor import libc, seccomp

    libc.filter_system_calls(seccomp.program())
    try:
        os.execvp(words[0], words)
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr)
    raise SystemExit(127)


if __name__ == "__main__":
    package = type(sys)("clary_supervisor")  # its modules by path, and no other folder to import from
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[package.__name__] = package
    main(sys.argv[1:])
