"""Docstrings, comments and pages are in plain, modern English: no archaic turns, one word for one thing.

The list holds phrases that were once common here and that readers stumble over. It is short on purpose: every entry has a
better wording, and none of them is ever right in technical text.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = sorted(
    path
    for folder in ("src", "tests", "tools", "bench")
    for path in (ROOT / folder).rglob("*.py")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)  # environments
)
# Decision records and the changelog are history, and stay as they were written.
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if page.parent.name != "decisions" and page.name != "CHANGELOG.md"
)

# pattern -> what to write instead
BANNED = {
    r"who(?:m|so)?ever": "the subject: a caller, a reader, a process",
    r"of ours|of anybody's|nobody's": "the platform's, Clary's",
    r"(?:that|which) (?:is|are) (?-i:none)(?! of)": "what it is not: 'a malformed ARN'",
    r"heeds?|heeded|begets?|begotten|hearken|lest|thereof|wherein|whence|thence|hitherto": "a modern word",
    r"such as are|what is so|as it were": "what is meant",
    r"affairs?": "who does it: 'the caller decides'",
    r"its kin|their kin|and their like": "the names, or 'and others'",
    r"anew": "again",
    r"pass(?:es|ed)? over": "ignore, skip",
    r"unless told otherwise": "by default",
}
_PATTERNS = [(re.compile(rf"\b(?:{text})\b", re.IGNORECASE), better) for text, better in BANNED.items()]


def prose_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each docstring and comment of a Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text:
                yield node.body[0].lineno, text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def faults_in(text: str) -> list[str]:
    """Return 'phrase (write …)' for each banned phrase; quotations in double quotes are left alone."""
    plain = re.sub(r'"[^"]*"|`[^`]*`', "", " ".join(text.split()))
    return [f"{found[0]!r} (write {better})" for find, better in _PATTERNS for found in find.finditer(plain)]


def test_docstrings_and_comments_are_plain_english() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {fault}"
        for path in PYTHON
        if path != Path(__file__)
        for line, text in prose_of(path.read_text())
        for fault in faults_in(text)
    ]
    assert not found, "\n".join(found)


def test_pages_are_plain_english() -> None:
    found = [
        f"{page.relative_to(ROOT)}:{number}: {fault}"
        for page in PAGES
        for number, line in enumerate(page.read_text().splitlines(), 1)
        for fault in faults_in(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("Return the caller, whoever it is.", 1),
        ("An ARN that is none is an affair of ours.", 3),
        ('AWS says "whoever", and `affair` is a name.', 0),
        ("Return the members that are None.", 0),
        ("Skip busy records: their pending write may be based on an older state.", 0),
    ],
)
def test_faults_are_found_in_prose_alone(text: str, faults: int) -> None:
    assert len(faults_in(text)) == faults
