"""What a client reads of a home, whole or broken."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from clary.cli.errors import CliError
from clary.cli.home import Home, Process, home_at, typed, write_private
from tests.cli.conftest import ACCOUNT, started


def test_the_home_is_the_option_then_the_variable_then_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLARY_HOME", str(tmp_path / "variable"))
    assert home_at(str(tmp_path / "option")).path == tmp_path / "option"
    assert home_at(None).path == tmp_path / "variable"
    monkeypatch.delenv("CLARY_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_at(None).path == tmp_path / ".clary"


def test_an_empty_home_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=f"up --home {tmp_path}"):
        Home(tmp_path).identity()


def test_the_identity_is_the_roots(home: Home) -> None:
    assert home.identity().account == ACCOUNT


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "x" * 51, "a b"])
def test_an_account_name_is_no_path(home: Home, name: str) -> None:
    with pytest.raises(CliError, match="not an account name"):
        home.account_file(name)


def test_an_unknown_account_is_told_how_to_make(home: Home) -> None:
    with pytest.raises(CliError, match="clary account create team"):
        home.identity("team")


def test_a_process_of_the_same_id_but_another_start_is_not_ours() -> None:
    me = os.getpid()
    assert Process(me, started(me)).alive
    assert not Process(me, started(me) + 1).alive


def test_a_dead_gateways_address_is_not_given(running: Home) -> None:
    assert running.endpoint() is not None
    (running.path / "run/gateway.json").write_text(json.dumps({"pid": os.getpid(), "started": 1}))
    assert running.endpoint() is None
    assert running.last_endpoint() is not None


def test_a_copied_home_is_not_up(running: Home, tmp_path: Path) -> None:
    shutil.copytree(running.path, tmp_path / "copy", symlinks=True)
    copy = Home(tmp_path / "copy")
    assert copy.processes() == {}, "`clary down` would stop the original"
    assert copy.endpoint() is None


def test_an_address_of_an_earlier_gateway_is_not_given(running: Home) -> None:
    (running.path / "run/address.json").write_text(json.dumps({"endpoint": "http://127.0.0.1:1", "pid": 1}))
    assert running.endpoint() is None


def test_half_a_file_counts_as_none(home: Home) -> None:
    (home.path / "run/gateway.json").write_text('{"pid": 1')
    assert home.process("gateway") is None


def test_a_private_file_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "accounts" / "a.json"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["a.json"]


def test_what_is_to_be_typed_names_a_home_that_is_not_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLARY_HOME", str(tmp_path))
    assert typed("up", tmp_path).endswith("clary up") or typed("up", tmp_path).endswith(" up")
    assert typed("up", tmp_path / "my home").endswith(f"up --home '{tmp_path}/my home'")
