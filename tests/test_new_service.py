"""`./run new-service`, in a scratch folder."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tools import new_service

ROOT = Path(__file__).parents[1]


@pytest.fixture
def scaffold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = new_service
    services = tmp_path / "src/clary/services"
    services.mkdir(parents=True)
    (services / "__init__.py").write_text((ROOT / "src/clary/services/__init__.py").read_text())
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "SERVICES", services)
    return module


def test_a_new_service_is_listed_and_has_a_test_that_asks_it(scaffold: ModuleType, tmp_path: Path) -> None:
    assert all(path.exists() for path in scaffold.make("lambda"))
    tree = ast.parse((tmp_path / "src/clary/services/__init__.py").read_text())
    lists = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    assert any("lambda_" in ast.literal_eval(node) for node in lists if isinstance(node, ast.Tuple))
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
