"""`./run typings`, in a scratch folder."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / f"tools/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_typings_are_python_and_unknown_services_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tool("typings")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "TARGET", tmp_path / "clary_types")
    monkeypatch.setattr(sys, "argv", ["typings", "sts"])
    assert module.main() == 0
    made = (tmp_path / "clary_types/sts.pyi").read_text()
    assert "AssumeRole" in made
    ast.parse(made)
    monkeypatch.setattr(sys, "argv", ["typings", "nope"])
    assert module.main() == 1
    assert "knows no service nope" in capsys.readouterr().err
