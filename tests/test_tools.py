"""`./run new-service` and `./run typings`, in a scratch folder."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from clary.plane import Service

ROOT = Path(__file__).parents[1]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / f"tools/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scaffold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = tool("new_service")
    services = tmp_path / "src/clary/services"
    services.mkdir(parents=True)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "SERVICES", services)
    return module


def test_a_new_service_makes_one_service_and_has_a_test_that_asks_it(
    scaffold: ModuleType, tmp_path: Path
) -> None:
    assert all(path.exists() for path in scaffold.make("lambda"))
    made: dict[str, object] = {}
    exec((tmp_path / "src/clary/services/lambda_/service.py").read_text(), made)
    assert [one.name for one in made.values() if isinstance(one, Service)] == ["lambda"]
    test = (tmp_path / "tests/services/lambda_/test_lambda_.py").read_text()
    ast.parse(test)
    # GetAccountSettings has no member that is required (AWS Lambda API reference).
    assert 'client("lambda").get_account_settings()' in test


@pytest.mark.parametrize("name", ["demo-thing", "../x", ""])
def test_what_botocore_does_not_know_is_refused(scaffold: ModuleType, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="botocore knows no service"):
        scaffold.make(name)
    assert not (tmp_path / "tests").exists()


def test_what_is_made_is_as_ruff_writes_it(scaffold: ModuleType, tmp_path: Path) -> None:
    for name in ("kms", "lambda", "secretsmanager"):
        scaffold.make(name)
    words = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--check",
        "--config",
        str(ROOT / "pyproject.toml"),
        str(tmp_path),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_service_is_made_once(scaffold: ModuleType) -> None:
    scaffold.make("kms")
    with pytest.raises(ValueError, match="is here already"):
        scaffold.make("kms")


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
