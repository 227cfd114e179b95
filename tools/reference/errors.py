"""Which errors a service's own code raises: read from the calls of `AwsError` in its folder.

A sentence is shown with `…` in the place of what is filled in. Errors that all services share are not looked for, nor
NotImplemented.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    """An error as the source says it. `sentence` is empty where the source does not say it at the place."""

    code: str
    status: int
    sentence: str


def errors_in(folder: Path) -> list[Said]:
    """Return the errors that the Python files of a service raise, without those of another service below it."""
    found = {said for path in own_files(folder) for said in _in_file(path)}
    return sorted(said for said in found if said.sentence or not _said_elsewhere(said, found))


def own_files(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a service's folder, but for folders of other services."""
    others = [path.parent for path in folder.rglob("service.py") if path.parent != folder]
    for path in sorted(folder.rglob("*.py")):
        if not any(path.is_relative_to(other) for other in others):
            yield path


def _said_elsewhere(said: Said, found: set[Said]) -> bool:
    return any(other.code == said.code and other.sentence for other in found)


def _in_file(path: Path) -> Iterator[Said]:
    """Yield the errors of a file, function by function: a sentence may be a local variable."""
    tree = ast.parse(path.read_text())
    for node in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
        texts = _texts(node)
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and (said := _said(call, texts)):
                yield said


def _texts(scope: ast.AST) -> dict[str, str]:
    """Return the texts that are assigned to one name once."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(_text(node.value))
    return {name: texts[0] for name, texts in found.items() if len(texts) == 1 and texts[0]}


def _said(call: ast.Call, texts: dict[str, str]) -> Said | None:
    arguments = _arguments(call)
    if arguments is None:
        return None
    code, message, status = arguments[:3]
    if not isinstance(code, ast.Constant) or code.value == "NotImplemented":
        return None
    sentence = texts.get(message.id, "") if isinstance(message, ast.Name) else _text(message)
    return Said(str(code.value), _number(status), sentence)


def _arguments(call: ast.Call) -> list[ast.expr | None] | None:
    """Return code, sentence and status of a call that makes an error; None for any other call."""
    name = ast.unparse(call.func)
    first = [] if name == "AwsError" else [ast.Constant("ValidationException")]
    return [*first, *call.args, None, None, None] if name in ("AwsError", "validation") else None


def _number(status: ast.expr | None) -> int:
    known = isinstance(status, ast.Constant) and isinstance(status.value, int)
    return ast.literal_eval(status) if known else 400  # type: ignore[arg-type]


def _text(node: ast.AST | None) -> str:
    """Return a text as it stands in the source, with `…` where something is filled in; nothing for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
    text = re.sub(r"…(?:\s*…)+", "…", "".join(map(str, parts)))
    return text if re.search(r"\w\w", text) else ""
