"""`./run test --changed [BASE]`: the test files that a change can reach, a line each; nothing if there are none.

The change is what differs between BASE and the working tree, new files included; BASE is the point where this branch left
`main` unless it is named. Which tests reach it is read from the import graph (`tools/picker.py`). CI runs every test
all the same.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `tools` and `tests` can be imported

from tools.import_graph import import_graph
from tools.picker import EVERYTHING, Picker

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Print the test files; status 1 with a line where git does not know the base."""
    try:
        paths = changed_paths(ROOT, sys.argv[1] if len(sys.argv) > 1 else None)
    except subprocess.CalledProcessError as error:
        print(error.stderr.strip() or error, file=sys.stderr)
        return 1
    picked = Picker(import_graph(ROOT)).tests_for(paths)
    print(f"{len(paths)} changed files reach {said(picked)}", file=sys.stderr)
    for name in sorted(picked):
        print(name)
    return 0


def said(picked: frozenset[str]) -> str:
    return "everything" if picked == EVERYTHING else f"{len(picked)} test files"


def changed_paths(root: Path, base: str | None = None) -> list[str]:
    """The files below `root` that differ from `base`, with deleted and untracked ones.

    Raises CalledProcessError when git does not know the base.
    """
    since = base or _git(root, "merge-base", "HEAD", _main(root)).strip()
    differing = _git(root, "diff", "--name-only", "--no-renames", "-z", since, "--")
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted({name for name in (differing + new).split("\0") if name})


def _main(root: Path) -> str:
    """`main`, or the remote's where a clone has no branch of that name."""
    known = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/remotes/*/main")
    return next(iter(known.split()), "main")


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    raise SystemExit(main())
