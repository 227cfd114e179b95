"""What an account may be called and numbered; making one, and its new key, are tested with a real platform in test_up."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from clary.cli import accounts
from clary.cli.accounts import wanted
from clary.cli.errors import CliError
from clary.cli.home import Home, Identity
from clary.cli.main import main
from tests.cli.conftest import ACCOUNT


def test_what_is_not_given_is_made_up_in_awss_forms() -> None:
    made = wanted("", "", "")
    assert re.fullmatch(r"[1-9]\d{11}", made.account)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made.access_key_id)
    assert len(made.secret_access_key) == 40
    assert wanted("", "", "") != made


@pytest.mark.parametrize(
    "account", ["12345678901", "1234567890123", "12345678901x", "１２３４５６７８９０１２"]
)
def test_an_id_is_twelve_digits(account: str) -> None:
    with pytest.raises(CliError, match="12 digits"):
        wanted(account, "", "")


@pytest.mark.parametrize("key", ["short", "with/slash/0000000", "x" * 129])
def test_an_access_key_id_is_iams(key: str) -> None:
    # IAM API reference, accessKeyIdType: 16 to 128 of [\w]+
    with pytest.raises(CliError, match="16 to 128"):
        wanted("", key, "")


def test_a_key_is_not_rotated_without_the_platform(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    before = (home.path / "identity.json").read_text()
    assert main(["account", "rotate-key", "--home", str(home.path)]) == 1
    said = capsys.readouterr().err
    assert "is not running, and only the platform can replace a key; start it with: " in said
    assert (home.path / "identity.json").read_text() == before


@pytest.mark.parametrize(
    ("words", "account"),
    [([], ACCOUNT), (["--account", "team"], "444455556666"), (["--account", "999988887777"], "999988887777")],
)
def test_whose_key_is_asked_for(
    running: Home,
    words: list[str],
    account: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = {"account": "444455556666", "access_key_id": "AKIATEAM00000000", "secret_access_key": "s"}
    (running.path / "accounts").mkdir()
    running.account_file("team").write_text(json.dumps(keys))
    asked: list[tuple[Any, ...]] = []

    def ask(endpoint: str, identity: Identity, method: str, path: str, body: Any = None) -> Any:
        asked.append((identity.account, method, path, body))
        return {"account": account}

    monkeypatch.setattr(accounts, "ask", ask)
    assert main(["account", "rotate-key", "--home", str(running.path), *words]) == 0
    assert asked == [(ACCOUNT, "POST", f"/_clary/accounts/{account}/rotate-key", None)]
    assert json.loads(capsys.readouterr().out) == {"account": account}


def test_an_account_that_nobody_named(running: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "rotate-key", "--home", str(running.path), "--account", "nobody"]) == 1
    assert "there is no account 'nobody'" in capsys.readouterr().err
