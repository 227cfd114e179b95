"""Where the sealing key comes from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clary.plane.sealing import NoSealingKey
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
