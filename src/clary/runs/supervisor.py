"""The supervisor of one run, as a program: `python -I -S supervisor.py RUN_FOLDER`.

Standard library only, and its own modules by path; it imports nothing of clary and nothing of site-packages.
"""

from __future__ import annotations

import contextlib
import os
import sys


def main(run: str) -> None:
    """Leave the caller's session and terminal, then live the run."""
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()
    os.umask(0o022)  # the run folder itself is closed
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    from supervise.life import supervise  # pyright: ignore[reportMissingImports]

    supervise(run)


if __name__ == "__main__":
    main(sys.argv[1])
