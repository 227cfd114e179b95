"""The worked examples of CONTRIBUTING.md: their blocks are put where they say, in a copy of the tree, and pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import new_service

from tests.support.trees import ROOT, copy_of_tree, run_in

PAGE = ROOT / "CONTRIBUTING.md"
_BLOCK = re.compile(r"```(?:python|text)\n# ((?:src|tests)/\S+?)(?:, (into|before) (\w+))?\n(.*?)```", re.S)
BLOCKS = [match.groups() for match in _BLOCK.finditer(PAGE.read_text())]


def place(tree: Path, path: str, where: str | None, what: str | None, text: str) -> None:
    """Write a block: as a file, or behind or before the line that opens what it names."""
    file = tree / path
    if where is None:
        file.write_text(text)
        return
    opening = re.compile(rf"^{what}\b.*\{{(\}}?)\n", re.M)
    line = opening.search(file.read_text())
    assert line, f"{path} does not open {what}"
    opened = line[0].replace("{}", "{")
    new = f"{opened}{text}" if where == "into" else f"{text}\n\n{line[0]}"
    end = "}\n" if line[1] and where == "into" else ""
    file.write_text(file.read_text().replace(line[0], new + end, 1))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with all examples in it."""
    tree = copy_of_tree(tmp_path_factory.mktemp("examples"))
    new_service.make("config", tree, tables=True)
    for block in BLOCKS:
        place(tree, *block)
    run_in(tree, "tools/manifest.py")
    return tree


def test_there_are_three_examples_of_a_length_that_is_read() -> None:
    text = PAGE.read_text().partition("## Three worked examples")[2].partition("\n## ")[0]
    examples = text.split("\n### ")[1:]
    assert len(examples) == 3
    lines = [sum(len(found[4].splitlines()) for found in _BLOCK.finditer(one)) for one in examples]
    assert all(line <= 160 for line in lines), lines


@pytest.mark.slow
def test_the_examples_pass(tree: Path) -> None:
    written = [path for path, where, *_ in BLOCKS if where is None and "/test_" in path]
    assert len(written) == 3
    matrix = [
        f"tests/security/matrix/test_matrix.py::test_only_the_owner[{name}]"
        for name in (
            "logs-ListLogGroups",
            "config-PutStoredQuery",
            "config-GetStoredQuery",
            "config-DeleteStoredQuery",
        )
    ]
    members = ["tests/conformance/test_members.py", "tests/conformance/test_list_spellings.py"]
    run_in(tree, "-m", "pytest", "-x", "-p", "no:cacheprovider", *written, *matrix, *members)


def test_the_examples_are_as_ruff_writes_them(tree: Path) -> None:
    python = [path for path, where, *_ in BLOCKS if where is None and path.endswith(".py")]
    run_in(tree, "-m", "ruff", "check", "--no-cache", *python)
    run_in(tree, "-m", "ruff", "format", "--no-cache", "--diff", *python)
