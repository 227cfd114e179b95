"""Where the sealing key comes from, and what becomes of KMS keys in a backup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Platform
from clary.plane.sealing import NoSealingKey
from clary.runs.fake import FakeExecutor
from clary.server import offline_tasks
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from clary.server.sealing_key import sealing_key

HEX = "0123456789abcdef" * 4


def test_a_variable_or_a_command_takes_the_place_of_the_file(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    command = f"{sys.executable} -c \"print('{HEX}')\""
    found = {
        sealing_key(home, options).fingerprint(make=True)
        for options in (Options(sealing_key=HEX), Options(sealing_key_command=command))
    }
    assert len(found) == 1
    assert not home.sealing_key.exists()
    home.sealing_key.write_text(HEX + "\n")
    assert sealing_key(home, Options()).fingerprint() in found


def test_the_file_is_made_once_and_private(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    made = sealing_key(home, Options()).fingerprint(make=True)
    assert home.sealing_key.stat().st_mode & 0o777 == 0o600
    assert sealing_key(home, Options()).fingerprint(make=True) == made


@pytest.mark.parametrize(
    "options",
    [
        Options(sealing_key="too short"),
        Options(sealing_key="z" * 64),
        Options(sealing_key_command="false"),
        Options(sealing_key_command="/no/such/program"),
        Options(sealing_key_command="true"),
    ],
)
def test_what_is_no_key_is_refused_and_nothing_is_made(tmp_path: Path, options: Options) -> None:
    home = Home.at(tmp_path / "home")
    with pytest.raises(NoSealingKey) as refused:
        sealing_key(home, options).fingerprint(make=True)
    assert "too short" not in str(refused.value)
    assert not home.sealing_key.exists()


def test_a_secret_is_not_shown_with_the_options() -> None:
    assert HEX not in repr(Options(sealing_key=HEX))


@contextmanager
def at(home: Home, options: Options) -> Iterator[Callable[..., Any]]:
    """KMS on a home, as its root user."""
    platform: Platform = assemble(home, options, runs=FakeExecutor())
    with closing(platform.store):
        with platform.store.read() as tx:
            root = platform.extras["directory"].credential(tx, options.access_key_id).caller

        def call(operation: str, **params: Any) -> Any:
            return platform.perform("kms", operation, params, root, "us-east-1")

        yield call


def test_a_restored_home_reads_its_keys_with_the_sealing_key_only(tmp_path: Path, options: Options) -> None:
    home, again, file = Home.at(tmp_path / "home"), tmp_path / "again", tmp_path / "saved.tar"
    with at(home, options) as call:
        key = call("CreateKey")["KeyMetadata"]["Arn"]
        blob = call("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    for task, folder in (("backup", home.path), ("restore", again)):
        assert offline_tasks.carry_out(task, str(folder), str(file), "") == 0
    secret = home.sealing_key.read_text()
    assert secret.strip().encode() not in file.read_bytes()
    assert bytes.fromhex(secret) not in file.read_bytes()
    for wrong in (options, replace(options, sealing_key=HEX)):
        with at(Home.found(again), wrong) as call:
            for params in ({"operation": "Decrypt", "CiphertextBlob": blob}, {"operation": "CreateKey"}):
                with pytest.raises(AwsError, match="KMSInternalException"):
                    call(**params)
    assert not (again / "sealing-key").exists()
    Home.found(again).sealing_key.write_text(secret)
    with at(Home.found(again), options) as call:
        assert call("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"
