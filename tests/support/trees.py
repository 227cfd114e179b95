"""Copies of the source tree, for tests that change it: files of a service that is made, examples of a page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_COPIED = ("src", "tests", "tools", "docs", "bench", "pyproject.toml", ".importlinter", "CONTRIBUTING.md")


def copy_of_tree(folder: Path) -> Path:
    """Copy all that tests and tools read into a folder; return the copy."""
    tree = folder / "tree"
    tree.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    for source in (ROOT / name for name in _COPIED):
        if source.is_dir():
            shutil.copytree(source, tree / source.name, ignore=ignored)
        else:
            shutil.copy(source, tree / source.name)
    return tree


def run_in(tree: Path, *words: str) -> str:
    """Run Python in a tree, whose `clary` it imports; return what it printed. Fail where it does."""
    path = os.pathsep.join([str(tree / "src"), str(tree)])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
