"""`clary up`, `status`, `account`, `down` with real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clary.cli import lifecycle
from clary.cli.home import Home
from tests.cli.conftest import ACCOUNT

_CLARY = [sys.executable, "-m", "clary.cli.main"]


def _clary(home: Home, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command, *rest = words
    return subprocess.run(
        [*_CLARY, command, *rest, "--home", str(home.path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("platform") / "home")
    done = _clary(home, "up", "--detach", "--port", "0", CLARY_ROOT_ACCOUNT=ACCOUNT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Clary is up at http://127.0.0.1:")
    assert 'eval "$(' in done.stdout
    yield home
    lifecycle.stop(home)


def test_the_root_is_as_the_environment_said_and_private(up: Home) -> None:
    assert up.identity().account == ACCOUNT
    assert stat.S_IMODE((up.path / "identity.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(up.path.stat().st_mode) == 0o700


def test_a_second_up_is_refused_with_status_3(up: Home) -> None:
    done = _clary(up, "up", "--port", "0")
    assert done.returncode == 3
    assert done.stderr.startswith("clary: the platform of ")


def test_the_environment_is_enough_for_boto3(up: Home) -> None:
    script = """
import boto3
role = boto3.client("iam").get_role(RoleName="ClaryExecutionRole")["Role"]
attached = boto3.client("iam").list_attached_role_policies(RoleName="ClaryExecutionRole")["AttachedPolicies"]
print(boto3.client("sts").get_caller_identity()["Account"], role["Arn"], *sorted(p["PolicyName"] for p in attached))
"""
    values = json.loads(_clary(up, "env", "--shell", "json").stdout)
    got = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **values},
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/ClaryExecutionRole"
    assert got.stdout.split() == [ACCOUNT, role, "AmazonS3FullAccess", "AmazonSageMakerFullAccess"]


def test_awss_own_host_is_answered_under_run(up: Home) -> None:
    script = 'import boto3; c = boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com"); print(c.get_caller_identity()["Account"])'
    words = [*_CLARY, "run", "--home", str(up.path), "--", sys.executable, "-c", script]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == ACCOUNT


def test_status_tells_who_runs(up: Home) -> None:
    done = _clary(up, "status")
    assert done.returncode == 0
    for word in (up.endpoint() or "?", ACCOUNT, "warden", "gateway", "controllers"):
        assert word in done.stdout


def test_an_account_is_made_kept_and_usable(up: Home) -> None:
    done = _clary(up, "account", "create", "team", "--id", "444455556666")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["account"] == "444455556666"
    assert stat.S_IMODE((up.path / "accounts/team.json").stat().st_mode) == 0o600
    script = 'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])'
    values = json.loads(_clary(up, "env", "--shell", "json", "--account", "team").stdout)
    got = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **values},
    )
    assert got.stdout.strip() == "444455556666"
    again = _clary(up, "account", "create", "team")
    assert again.returncode == 1
    assert "exists" in again.stderr


def test_the_first_account_cannot_be_made_again(up: Home) -> None:
    done = _clary(up, "account", "create", "first", "--id", ACCOUNT)
    assert done.returncode == 1
    assert not (up.path / "accounts/first.json").exists()


def _who(values: dict[str, str]) -> str:
    """The account that a shell with these variables is of, or the code of the refusal."""
    script = """if True:
        import boto3, botocore
        try:
            print(boto3.client("sts").get_caller_identity()["Account"])
        except botocore.exceptions.ClientError as error:
            print(error.response["Error"]["Code"])
    """
    got = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **values},
    )
    return got.stdout.strip()


def _variables(home: Home, *words: str) -> dict[str, str]:
    return json.loads(_clary(home, "env", "--shell", "json", *words).stdout)


def test_a_rotated_key_is_told_by_env_and_the_old_one_has_stopped(up: Home) -> None:
    old = _variables(up)
    done = _clary(up, "account", "rotate-key")
    assert done.returncode == 0, done.stderr
    new = _variables(up)
    assert json.loads(done.stdout)["access_key_id"] == new["AWS_ACCESS_KEY_ID"] != old["AWS_ACCESS_KEY_ID"]
    assert _who(old) == "InvalidClientTokenId"
    assert _who(new) == ACCOUNT
    assert _clary(up, "status").returncode == 0


@pytest.mark.parametrize("named", ["rotated", "555566667777"])
def test_another_accounts_key_is_rotated_by_name_or_number(up: Home, named: str) -> None:
    _clary(up, "account", "create", "rotated", "--id", "555566667777")
    old = _variables(up, "--account", "rotated")
    done = _clary(up, "account", "rotate-key", "--account", named)
    assert done.returncode == 0, done.stderr
    assert _who(old) == "InvalidClientTokenId"
    assert _who(_variables(up, "--account", "rotated")) == "555566667777"


def test_down_stops_and_a_second_down_is_fine(up: Home) -> None:
    assert _clary(up, "down").stdout.startswith("stopped")
    assert up.processes() == {}
    assert _clary(up, "status").returncode == 1
    assert _clary(up, "down").stdout.startswith("the platform of ")


def test_ctrl_c_stops_a_platform_in_the_foreground(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    words = [*_CLARY, "up", "--port", "0", "--home", str(home.path)]
    child = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout
    assert child.stdout.readline().startswith("Clary is up")
    os.killpg(child.pid, signal.SIGINT)
    _, complaint = child.communicate(timeout=30)
    assert child.returncode == 0, complaint
    assert "Traceback" not in complaint
    assert home.processes() == {}


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = _clary(Home(tmp_path / "home"), "up", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_home_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = _clary(Home(tmp_path / "file"), "up", "--port", "0")
    assert done.returncode == 1
    assert "choose another with --home" in done.stderr


def test_a_platform_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "home/clary.db").mkdir(parents=True)  # where a database ought to be
    done = _clary(Home(tmp_path / "home"), "up", "--port", "0", "--detach")
    assert done.returncode == 1
    assert "/log/gateway.log:\n" in done.stderr
    assert "Is a directory" in done.stderr
    assert Home(tmp_path / "home").processes() == {}


def test_a_home_of_another_version_is_told_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert _clary(home, "up", "--port", "0", "--detach").returncode == 0
    assert _clary(home, "down").returncode == 0
    with closing(sqlite3.connect(home.path / "clary.db")) as database, database:
        database.execute("update migration set step = 7 where name = 'iam'")
    done = _clary(home, "up", "--port", "0", "--detach")
    assert done.returncode == 78
    assert done.stderr.startswith(f"clary: {home.path} cannot be used: the tables of iam ")
    assert (
        "Run the version that made this home (or database), or go back to a copy of it from before."
        in done.stderr
    )
    assert done.stderr.count("\n") == 1
    assert home.processes() == {}


def test_a_home_made_before_tables_were_remembered_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir(mode=0o700)
    with closing(sqlite3.connect(home.path / "clary.db")) as database, database:
        database.execute("create table iam_account (name text primary key)")
    done = _clary(home, "up", "--port", "0", "--detach")
    assert done.returncode == 78
    assert "tables of iam were made by another version (table iam_account differs in " in done.stderr


def test_a_platform_in_the_foreground_whose_home_is_deleted(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    words = [*_CLARY, "up", "--port", "0", "--home", str(home.path)]
    child = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout
    assert child.stdout.readline().startswith("Clary is up")
    known = home.processes()
    shutil.rmtree(home.path)
    _, complaint = child.communicate(timeout=30)
    assert (child.returncode, complaint) == (
        78,
        f"clary: {home.path} was deleted, so the platform has stopped\n",
    )
    assert not any(process.alive for process in known.values())
    assert _clary(home, "down").stdout.startswith(f"there is no home at {home.path}")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"CLARY_PARTITION": "aws-mars"}, "CLARY_PARTITION must be one of aws, aws-cn, "),
        (
            {"CLARY_REGIONS": "eu-west-1,moon-1"},
            "CLARY_REGIONS names 'moon-1', which is not a region of the partition aws",
        ),
        ({"CLARY_REGIONS": "cn-north-1"}, "'cn-north-1', which is not a region of the partition aws"),
        ({"CLARY_PARTITION": "aws-cn", "CLARY_REGIONS": "us-east-1"}, "not a region of the partition aws-cn"),
    ],
)
def test_a_place_that_there_is_not_is_told(tmp_path: Path, variables: dict[str, str], sentence: str) -> None:
    done = _clary(Home(tmp_path / "home"), "up", "--port", "0", **variables)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_elsewhere_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    (home.path / "identity.json").write_text("{}")
    done = _clary(home, "up", "--port", "0", CLARY_PARTITION="aws-cn")
    assert done.returncode == 1
    assert done.stderr == (
        f"clary: {home.path} belongs to the partition aws, which cannot change; choose another --home for CLARY_PARTITION 'aws-cn'\n"
    )


@pytest.mark.parametrize("word", ["10.0.0.1/8", "lan", "10.0.0.0/33"])
def test_a_network_that_cannot_be_read_is_told_at_once(tmp_path: Path, word: str) -> None:
    done = _clary(Home(tmp_path / "home"), "up", "--port", "0", CLARY_OUTBOUND_ALLOW=f"loopback,{word}")
    assert done.returncode == 1
    assert word in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_root_account_of_the_wrong_form_is_told(tmp_path: Path) -> None:
    done = _clary(Home(tmp_path / "home"), "up", "--port", "0", CLARY_ROOT_ACCOUNT="12")
    assert done.returncode == 1
    assert "12 digits" in done.stderr
