"""Nothing in a home grants access without its sealing key: at the start, in files, in the store, in backups."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import clary.services
from clary.cli.errors import CliError
from clary.cli.home import Home as ClientHome
from clary.cli.sealed import opened_file
from clary.kernel.sealing import fingerprint_of
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server import offline_tasks, rotate_sealing_key, sealed_files, sealed_store
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from clary.server.sealed_store import WrongSealingKey
from clary.services import load_services
from clary.services.ecr.layers.service_keys import service_keys as layer_keys
from clary.services.iam.mfa import devices
from clary.store.schemas import schema_of

HEX = "0123456789abcdef" * 4
OTHER_HEX = "fedcba9876543210" * 4
Call = Callable[..., Any]


@pytest.fixture
def options() -> Options:
    return Options(account="111122223333", access_key_id="AKIAROOTROOTROOTROOT", secret_access_key="r" * 40)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@contextmanager
def at(home: Home, options: Options) -> Iterator[Call]:
    """Services on a home, as its root user."""
    platform: Platform = assemble(home, options, runs=FakeExecutor())
    with closing(platform.store):
        with platform.store.read() as tx:
            root = platform.extras["directory"].credential(tx, options.access_key_id).caller

        def call(service: str, operation: str, **params: Any) -> Any:
            return platform.perform(service, operation, params, root, "us-east-1")

        yield call


def made(call: Call) -> dict[str, Any]:
    """What only the sealing key opens, one of each kind."""
    key = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    call("iam", "CreateUser", UserName="u")
    call("s3", "CreateBucket", Bucket="sealed-homes")
    call("s3", "PutObject", Bucket="sealed-homes", Key="k", Body=b"x" * 10_000)
    call("ecr", "CreateRepository", repositoryName="layers")
    upload = call("ecr", "InitiateLayerUpload", repositoryName="layers")["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": 0, "layerPartBlob": b"x"}
    call("ecr", "UploadLayerPart", repositoryName="layers", uploadId=upload, **part)
    return {
        "device": call("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="m")["VirtualMFADevice"],
        "layer": call(
            "ecr",
            "CompleteLayerUpload",
            repositoryName="layers",
            uploadId=upload,
            layerDigests=[f"sha256:{hashlib.sha256(b'x').hexdigest()}"],
        )["layerDigest"],
        "blob": call("kms", "Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"],
        "key": call("iam", "CreateAccessKey", UserName="u")["AccessKey"],
        "session": call("sts", "GetSessionToken")["Credentials"],
    }


def check(home: Home, options: Options, things: dict[str, Any]) -> None:
    """All of it can be used."""
    platform = assemble(home, options, runs=FakeExecutor())
    with closing(platform.store):
        directory = platform.extras["directory"]
        with platform.store.read() as tx:
            for one in (things["key"], things["session"]):
                assert directory.credential(tx, one["AccessKeyId"]).secret == one["SecretAccessKey"]
            root = directory.credential(tx, options.access_key_id)
        assert root.secret == options.secret_access_key
        opened = platform.perform(
            "kms", "Decrypt", {"CiphertextBlob": things["blob"]}, root.caller, "us-east-1"
        )
        assert opened["Plaintext"] == b"x"
        read = {"Bucket": "sealed-homes", "Key": "k"}
        assert platform.perform("s3", "GetObject", read, root.caller, "us-east-1")["Body"] == b"x" * 10_000
        sealer = platform.settings.sealing_key
        with platform.store.read() as tx:
            assert len(layer_keys.opened_all(sealer, tx)) == 1
            device = devices.get(tx, things["device"]["SerialNumber"])
        assert base64.b32encode(devices.seed_of(sealer, device)) == things["device"]["Base32StringSeed"]
    assert ClientHome(home.path).identity().secret_access_key == options.secret_access_key
    assert opened_file(home.path, home.ca / "ca.key").startswith(b"-----BEGIN PRIVATE KEY")


def fingerprints(home: Home) -> set[str]:
    """The keys under which the home's files are sealed."""
    paths = [home.identity, home.path / "token.key", home.ca / "ca.key"]
    return {one for path in paths for one in json.loads(path.read_text())["sealed"]}


def test_no_secret_lies_in_the_clear(home: Home, options: Options, tmp_path: Path) -> None:
    with at(home, options) as call:
        things = made(call)
    ca = opened_file(home.path, home.ca / "ca.key")
    token = opened_file(home.path, home.path / "token.key")
    secrets = [options.secret_access_key, *(things[name]["SecretAccessKey"] for name in ("key", "session"))]
    looked_for = [*(one.encode() for one in secrets), ca, token, home.sealing_key.read_bytes().strip()]
    assert offline_tasks.carry_out("backup", str(home.path), str(tmp_path / "saved.tar"), options) == 0
    files = [path for path in home.path.rglob("*") if path.is_file() and path != home.sealing_key]
    assert home.database in files
    for path in (*files, tmp_path / "saved.tar"):
        content = path.read_bytes()
        assert [one for one in looked_for if one in content] == [], path


@pytest.mark.parametrize("wrong", [None, OTHER_HEX, "not hexadecimal"])
def test_another_key_or_none_is_refused_and_nothing_changes(
    home: Home, options: Options, tmp_path: Path, wrong: str | None
) -> None:
    with at(home, options) as call:
        things = made(call)
    right = home.sealing_key.read_text()
    home.sealing_key.unlink()
    if wrong:
        home.sealing_key.write_text(wrong)
    before = {path: path.read_bytes() for path in home.path.glob("*") if path.suffix in (".json", ".key")}
    with pytest.raises(WrongSealingKey) as refused:
        assemble(home, options, runs=FakeExecutor())
    assert str(home.sealing_key) in str(refused.value)
    assert "CLARY_SEALING_KEY" in str(refused.value)
    assert home.sealing_key.exists() is bool(wrong)
    assert before == {path: path.read_bytes() for path in before}
    with pytest.raises(CliError, match="sealed"):
        ClientHome(home.path).identity()
    home.sealing_key.write_text(right)
    check(home, options, things)


def test_a_variable_takes_the_place_of_the_file(
    home: Home, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(options, sealing_key=HEX)
    with at(home, options) as call:
        things = made(call)
    assert not home.sealing_key.exists()
    with pytest.raises(CliError, match="set CLARY_SEALING_KEY"):
        ClientHome(home.path).identity()
    monkeypatch.setenv("CLARY_SEALING_KEY", HEX)
    check(home, options, things)
    with pytest.raises(WrongSealingKey, match="CLARY_SEALING_KEY holds another sealing key"):
        assemble(home, replace(options, sealing_key=OTHER_HEX), runs=FakeExecutor())


def test_a_restored_home_starts_with_its_sealing_key_only(
    home: Home, options: Options, tmp_path: Path
) -> None:
    again, file = tmp_path / "again", str(tmp_path / "saved.tar")
    with at(home, options) as call:
        things = made(call)
    for task, folder in (("backup", home.path), ("restore", again)):
        assert offline_tasks.carry_out(task, str(folder), file, options) == 0
    for wrong in (options, replace(options, sealing_key=HEX)):
        with pytest.raises(WrongSealingKey):
            assemble(Home.found(again), wrong, runs=FakeExecutor())
    assert not (again / "sealing-key").exists()
    shutil.copy(home.sealing_key, again / "sealing-key")
    check(Home.found(again), options, things)


# homes of earlier versions ------------------------------------------------------------------------------------------


def unsealed(home: Home, things: dict[str, Any], options: Options, *, with_kms: bool) -> None:
    """Make of a home what an earlier version left: secrets in the clear, and the fingerprint in KMS's own table."""
    clear = {name: opened_file(home.path, home.path / name) for name in ("token.key", "ca/ca.key")}
    identity = {"account": options.account, "access_key_id": options.access_key_id}
    for name, content in clear.items():
        (home.path / name).write_bytes(content)
    home.identity.write_text(json.dumps(identity | {"secret_access_key": options.secret_access_key}))
    with closing(sqlite3.connect(home.database)) as store, store:
        (found,) = store.execute("select fingerprint from sealing_key").fetchone()
        store.execute("delete from sealing_key")
        store.execute("create table kms_sealing_key (fingerprint text primary key)")
        if with_kms:
            store.execute("insert into kms_sealing_key values (?)", (found,))
        for table, key in (("iam_key", things["key"]), ("iam_session", things["session"])):
            secret = key["SecretAccessKey"], key["AccessKeyId"]
            store.execute(f"update {table} set secret = ? where id = ?", secret)
        for schema, package in (("usage", "clary.plane"), ("kms", "clary.services.kms")):
            first = json.dumps(schema_of(package).parts(1))
            store.execute("update migration set step = 1, parts = ? where name = ?", (first, schema))
        for table in ("sealing_key", "scrub", "damage", "leftover"):
            store.execute(f"drop table {table}")


@pytest.mark.parametrize("with_kms", [True, False])
def test_a_home_of_an_earlier_version_is_sealed_at_its_start(
    home: Home, options: Options, with_kms: bool
) -> None:
    with at(home, options) as call:
        things = made(call)
    unsealed(home, things, options, with_kms=with_kms)
    (home.path / "clary.db.before-7").write_bytes(home.database.read_bytes())  # of an earlier upgrade
    check(home, options, things)
    assert copies(home) == [], "neither that one nor the copy that this upgrade has made"
    with closing(sqlite3.connect(home.database)) as store:
        assert store.execute("select fingerprint from sealing_key").fetchall() == [
            (fingerprint_of(bytes.fromhex(home.sealing_key.read_text())),)
        ]
        rows = store.execute("select secret from iam_key union all select secret from iam_session").fetchall()
    assert all(secret.startswith("sealed:") for (secret,) in rows)
    content = home.database.read_bytes()
    assert [one for one in ("key", "session") if things[one]["SecretAccessKey"].encode() in content] == []
    assert len(fingerprints(home)) == 1


def copies(home: Home) -> list[str]:
    return sorted(path.name for path in home.path.glob("clary.db.before-*"))


def test_an_earlier_home_whose_key_is_another_one_is_refused(home: Home, options: Options) -> None:
    with at(home, options) as call:
        things = made(call)
    unsealed(home, things, options, with_kms=True)
    home.sealing_key.write_text(HEX)
    with pytest.raises(WrongSealingKey):
        assemble(home, options, runs=FakeExecutor())
    assert "secret_access_key" in home.identity.read_text()
    assert len(copies(home)) == 1, "the way back stays open until all is sealed"


def test_the_copy_of_an_upgrade_is_kept_until_the_sealing_key_is_replaced(
    home: Home, options: Options
) -> None:
    with at(home, options):
        pass
    with (
        closing(sqlite3.connect(home.database)) as store,
        closing(sqlite3.connect(home.path / "clary.db.before-7")) as copy,
    ):
        store.backup(copy)
    (home.path / "clary.db.before-8").write_bytes(b"no store" * 1000)
    kept = ["clary.db.before-7", "clary.db.before-8"]
    with at(home, options):
        assert copies(home) == kept
    assert rotate(home, options) == 0
    assert copies(home) == kept[1:]


# rotation -----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here: nothing after it is done."""


def rotate(home: Home, options: Options) -> int:
    return offline_tasks.carry_out("rotate-sealing-key", str(home.path), "", options)


def test_the_key_is_replaced(home: Home, options: Options) -> None:
    with at(home, options) as call:
        things = made(call)
    before, old = home.sealing_key.read_text(), fingerprints(home)
    assert rotate(home, options) == 0
    assert home.sealing_key.read_text() != before
    assert len(fingerprints(home)) == 1
    assert fingerprints(home) != old
    check(home, options, things)
    with pytest.raises(WrongSealingKey):
        assemble(home, replace(options, sealing_key=before.strip()), runs=FakeExecutor())


@pytest.mark.parametrize("step", range(14))
def test_whenever_it_is_killed_the_next_start_finds_all(
    home: Home, options: Options, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """`step` writings are done; the next never happens."""
    with at(home, options) as call:
        things = made(call)
    left = [step]

    def counted(work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return work(*args, **more)

        return done

    with monkeypatch.context() as patched:
        for module in (rotate_sealing_key, sealed_files):
            patched.setattr(module, "write_private", counted(module.write_private))
        patched.setattr(rotate_sealing_key, "_reseal", counted(rotate_sealing_key._reseal))
        patched.setattr(sealed_store.os, "replace", counted(sealed_store.os.replace))
        with suppress(Killed):
            rotate(home, options)
    check(home, options, things)
    assert len(fingerprints(home)) == 1
    assert not home.next_sealing_key.exists()
    assert rotate(home, options) == 0
    check(home, options, things)


def test_a_key_moves_from_the_file_to_a_variable(
    home: Home, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(home, options) as call:
        things = made(call)
    moved = replace(options, new_sealing_key=HEX)
    assert rotate(home, moved) == 0
    assert not home.sealing_key.exists()
    assert rotate(home, moved) == 0, "what is done already is found to be done"
    monkeypatch.setenv("CLARY_SEALING_KEY", HEX)
    check(home, replace(options, sealing_key=HEX), things)


def test_what_cannot_be_rotated(home: Home, options: Options, capsys: pytest.CaptureFixture[str]) -> None:
    with at(home, replace(options, sealing_key=HEX)):
        pass
    assert rotate(home, replace(options, sealing_key=HEX)) == 1
    assert "CLARY_NEW_SEALING_KEY" in capsys.readouterr().err
    assert rotate(home, replace(options, sealing_key=OTHER_HEX, new_sealing_key=HEX[::-1])) == 1
    assert "another sealing key" in capsys.readouterr().err
    lock = sealed_store_lock(home)
    assert rotate(home, replace(options, sealing_key=HEX, new_sealing_key=OTHER_HEX)) == 1
    assert "clary down" in capsys.readouterr().err
    lock.close()
    assert rotate(Home.at(home.path.parent / "none"), options) == 1


def sealed_store_lock(home: Home) -> Any:
    """The lock of a warden that runs."""
    import os

    from clary.server.duties import take_lock

    return os.fdopen(take_lock(home, "warden"))


def test_every_service_that_seals_takes_part_in_the_rotation() -> None:
    """A service that seals under the sealing key says how it is sealed again. STS only opens what IAM has sealed."""
    root = Path(clary.services.__file__).parent
    found = {path: path.read_text() for path in root.rglob("*.py")}
    words = ("settings.sealing_key", "ServiceKeys(")
    sealing = {p.relative_to(root).parts[0] for p, text in found.items() if any(w in text for w in words)}
    services = load_services()
    assert sealing >= {"ecr", "iam", "kms", "s3"}
    assert [name for name in sealing - {"sts"} if not services[name].resealing] == []
