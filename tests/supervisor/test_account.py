"""What is read of a run's files once its program has ended: held to a volume, to names, to a depth and to a time.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html (a job's total time, with
archiving and uploading), https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html (keys are UTF-8, 1,024
bytes), GNU tar's manual (sparse members).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from clary.runs.api import Host, Output, Resources, RunState
from clary_supervisor import account as accounts
from clary_supervisor import archive, loop, sparse, tree, unpack
from clary_supervisor.account import Account, Closing
from clary_supervisor.faults import Ended
from clary_supervisor.folder import STOP
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3
from tests.support.waiting import until

GIB = 1 << 30
MODEL = Output("/opt/ml/model", "s3://out/model.tar.gz", form="tar.gz")
FILES = Output("/opt/ml/output/data", "s3://out/p")
FAILED = "ClientError: Artifact upload failed:"


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "m").mkdir()
    return str(tmp_path)


def account_of(root: str, volume: int = GIB, closing: Closing | None = None) -> Account:
    return Account(root, volume, closing or Closing(root, volume))


# names and depth --------------------------------------------------------------------------------------------------
def nest(folder: str, depth: int) -> None:
    at = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)


def test_folders_are_walked_to_a_depth_and_no_further(root: str) -> None:
    nest(f"{root}/m", accounts.DEPTH - 1)
    assert [one.path for one in tree.files(root, "m", account_of(root))] == [
        "d/" * (accounts.DEPTH - 1) + "f"
    ]
    nest(f"{root}/m/d/d", 0)
    os.makedirs(f"{root}/n")
    nest(f"{root}/n", 400)
    with pytest.raises(Ended, match=f"more than {accounts.DEPTH} folders within each other"):
        list(tree.walk([root], "n", account_of(root)))


def test_each_folder_is_opened_once_by_its_own_name(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nest(f"{root}/m", 150)
    opened = []
    real = os.open

    def counting(path: str, *args: int, **more: int) -> int:
        opened.append(path)
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", counting)
    list(tree.walk([root], "m", account_of(root)))
    assert opened == [root, "m", *["d"] * 150]


def test_a_walk_leaves_no_folder_open(root: str) -> None:
    nest(f"{root}/m", 300)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(Ended):
        list(tree.walk([root, root], "m", account_of(root)))
    next(iter(tree.walk([root, root], "m", account_of(root))))
    assert len(os.listdir("/proc/self/fd")) == before


def test_names_are_counted_before_they_are_remembered(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "NAMES", 5)
    for number in range(20):
        Path(f"{root}/m/{number}").touch()
    account = account_of(root)
    with pytest.raises(Ended, match="more than 5 files"):
        list(tree.walk([root], "m", account))
    assert account._names == 6


def test_long_names_are_counted_by_their_length(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "PATHS", 1000)
    for number in range(5):
        Path(f"{root}/m/{'x' * 250}{number}").touch()
    with pytest.raises(Ended, match="too long"):
        list(tree.walk([root], "m", account_of(root)))


def test_the_folders_of_two_hosts_are_one(tmp_path: Path) -> None:
    for host, names in {"a": ["d/x", "both", "kind/f"], "b": ["d/y", "both", "kind"]}.items():
        for name in names:
            path = tmp_path / host / "m" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(host)
    roots = [str(tmp_path / "a"), str(tmp_path / "b")]
    found = [(one.path, Path(one.root).name) for one in tree.walk(roots, "m", account_of(roots[0]))]
    assert found == [("both", "b"), ("d", "b"), ("d/x", "a"), ("d/y", "b"), ("kind", "b")]


# time -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("volume", "seconds"), [(0, 3600), (30 * GIB, 3600), (100 * 10**9, 10_000), (16 << 40, 2 * 86400)]
)
def test_there_is_an_hour_and_more_for_large_volumes(tmp_path: Path, volume: int, seconds: float) -> None:
    closing = Closing(str(tmp_path), volume)
    closing.begin(seconds - 60, False)
    assert not closing.over()
    closing.begin(seconds, False)
    with pytest.raises(Ended, match=f"could not be sent within {seconds} seconds") as raised:
        closing.check()
    assert raised.value.reason == "upload"


def test_time_does_not_count_before_the_programs_end(tmp_path: Path) -> None:
    (tmp_path / STOP).touch()
    closing = Closing(str(tmp_path), 0)
    assert not closing.over()


def test_a_stop_ends_an_upload_but_not_that_of_a_program_that_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / STOP).touch()
    wished, before = Closing(str(tmp_path), 0), Closing(str(tmp_path), 0)
    wished.begin(0, False)
    before.begin(0, True)
    assert not wished.over(), "a small upload may still be finished"
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 2)
    assert wished.over()
    assert wished.end().reason == "stopped"
    assert not before.over()


def test_an_upload_is_stopped_though_nobody_answers(bench: Bench, s3: StubS3) -> None:
    s3.hold.clear()
    bench.begin("echo x >/opt/ml/model/x", outputs=(MODEL,), **s3.spec())
    assert s3.held.wait(20)
    bench.executor.stop("r")
    state = bench.end()
    assert (state.phase, state.reason, state.exit_code) == ("exited", "stopped", 0)
    assert not s3.hold.is_set()


def test_an_upload_is_stopped_in_the_middle_of_an_archive(bench: Bench, s3: StubS3) -> None:
    """Random bytes take ten seconds or more to pack; nothing of them is in S3 before the archive is whole."""
    bench.begin("head -c 300000000 /dev/urandom >/opt/ml/model/x", outputs=(MODEL,), **s3.spec())
    until(lambda: bench.executor.inspect("r").phase == "uploading", 60)
    bench.executor.stop("r")
    assert bench.end().reason == "stopped"
    assert s3.keys("out") == []


def test_parts_of_an_upload_that_was_stopped_are_removed(bench: Bench, s3: StubS3) -> None:
    script = "truncate -s 100M /opt/ml/output/data/big"
    s3.hold_parts.clear()
    bench.begin(script, outputs=(FILES,), **s3.spec())
    assert s3.held.wait(20)
    bench.executor.stop("r")
    state = bench.end()
    assert state.reason == "stopped"
    assert ("DELETE", "/out/p/big?uploadId=u1") in s3.requests


# bytes ------------------------------------------------------------------------------------------------------------
def ran(
    bench: Bench, s3: StubS3, script: str, *outputs: Output, volume: int = GIB, hosts: int = 1
) -> RunState:
    return bench.run(
        "sh",
        "-c",
        script,
        outputs=outputs,
        resources=Resources(volume=volume),
        hosts=tuple(Host(f"algo-{n}") for n in range(1, hosts + 1)),
        **s3.spec(),
    )


@pytest.mark.parametrize("size", ["1025M", "15T"])
def test_files_larger_than_the_volume_are_not_sent_at_all(bench: Bench, s3: StubS3, size: str) -> None:
    """What a file has on the disk does not count here: S3 gets all of its length."""
    state = ran(bench, s3, f"cd /opt/ml/output/data; echo x >a; truncate -s {size} big", FILES)
    assert (state.exit_code, state.reason) == (0, "upload")
    assert state.detail == f"{FAILED}the output of a host is larger than its volume of {GIB} bytes"
    assert s3.requests == []


def test_files_are_counted_together(bench: Bench, s3: StubS3) -> None:
    script = "cd /opt/ml/output/data; echo x >a; for i in 1 2 3; do ln a $i; done"
    assert ran(bench, s3, script, FILES, volume=8).reason == ""
    assert len(s3.keys("out")) == 4
    bench.executor.forget("r")
    assert ran(bench, s3, script, FILES, volume=7).reason == "upload"


def test_each_host_has_its_volume(bench: Bench, s3: StubS3) -> None:
    script = "echo $HOSTNAME >/opt/ml/output/data/$HOSTNAME; echo $HOSTNAME >/opt/ml/model/$HOSTNAME"
    assert ran(bench, s3, script, FILES, MODEL, volume=14, hosts=2).reason == ""
    bench.executor.forget("r")
    assert ran(bench, s3, script, FILES, MODEL, volume=13, hosts=2).reason == "upload"


def test_holes_in_an_archive_cost_nothing(bench: Bench, s3: StubS3) -> None:
    script = "cd /opt/ml/model; truncate -s 15T nothing; echo x >a"
    state = ran(bench, s3, script, MODEL)
    assert (state.exit_code, state.reason) == (0, ""), state
    data = s3.get(MODEL.target) or b""
    assert len(data) < 1000
    with tarfile.open(fileobj=io.BytesIO(data)) as made:
        assert {member.name: member.size for member in made} == {"nothing": 15 << 40, "a": 2}


def test_data_of_an_archive_is_held_to_the_volume(bench: Bench, s3: StubS3) -> None:
    state = ran(bench, s3, "head -c 2000000 /dev/zero >/opt/ml/model/x", MODEL, volume=1_000_000)
    assert (state.exit_code, state.reason) == (0, "upload")
    assert s3.requests == []


HOLES = {
    "none": (10, [(0, b"0123456789")]),
    "all": (3 << 20, []),
    "at the end": (30 << 20, [(0, b"abc")]),
    "at the beginning": ((20 << 20) + 3, [(20 << 20, b"xyz")]),
    "many": (120 << 20, [(n * (2 << 20), b"%d" % n * 4000) for n in range(60)]),
    "small": (500_000, [(400_000, b"x")]),
    "n" * 180: (5 << 20, [(4 << 20, b"q")]),
}


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_holes_are_read_back_by_tar_and_by_us(root: str) -> None:
    for name, (size, runs) in HOLES.items():
        with open(f"{root}/m/{name}", "wb") as file:
            for offset, data in runs:
                file.seek(offset)
                file.write(data)
            file.truncate(size)
    packed = Path(root) / "m.tar.gz"
    archive.pack([root], "m", str(packed), account_of(root))
    for folder in ("tar", "ours"):
        os.mkdir(f"{root}/{folder}")
    subprocess.run(["tar", "xzf", str(packed), "-C", f"{root}/tar"], check=True)
    unpack.unpack(unpack.Stream(iter([packed.read_bytes()])), root, "ours", 1 << 20)
    for name in HOLES:
        wanted = digest(Path(root) / "m" / name)
        assert digest(Path(root) / "tar" / name) == wanted, name
        assert digest(Path(root) / "ours" / name) == wanted, name


def test_a_file_of_many_holes_is_refused(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clary_supervisor.sparse._MOST_RUNS", 10)
    with open(f"{root}/m/x", "wb") as file:
        for number in range(12):
            file.seek(number * (2 << 20))
            file.write(b"x")
    with pytest.raises(Ended, match="more than 10 holes"):
        archive.pack([root], "m", f"{root}/x", account_of(root))


# names of S3 ------------------------------------------------------------------------------------------------------
def test_a_name_that_is_not_utf_8_is_named_and_nothing_is_sent(bench: Bench, s3: StubS3) -> None:
    state = ran(bench, s3, r"cd /opt/ml/output/data; echo x >a; echo x >$(printf 'b\377')", FILES)
    assert state.detail == rf"{FAILED}the file name b'b\xff' is not UTF-8"
    assert s3.requests == []


def test_a_key_that_is_too_long_is_named_and_nothing_is_sent(bench: Bench, s3: StubS3) -> None:
    deep = "/".join(["d" * 200] * 5)
    state = ran(
        bench, s3, f"cd /opt/ml/output/data; mkdir -p {deep}; echo x >a; echo x >{deep}/{'f' * 30}", FILES
    )
    assert state.detail.startswith(f"{FAILED}the key of the file '{'d' * 199}")
    assert state.detail.endswith("is longer than 1024 bytes")
    assert s3.requests == []


def test_names_of_any_letters_are_keys(bench: Bench, s3: StubS3) -> None:
    code = r"import os; os.chdir('/opt/ml/output/data'); [open(n, 'w') for n in ('a\nb', 'a\x01b', 'ü+%', '-', '~')]"
    state = bench.run("{python}", "-c", code, outputs=(FILES,), **s3.spec())
    assert (state.exit_code, state.reason) == (0, "")
    assert s3.keys("out") == sorted(f"p/{name}" for name in ("a\nb", "a\x01b", "ü+%", "-", "~"))


def test_an_archive_takes_any_name(bench: Bench, s3: StubS3) -> None:
    assert ran(bench, s3, r"cd /opt/ml/model; echo x >$(printf 'b\377')", MODEL).reason == ""
    with tarfile.open(fileobj=io.BytesIO(s3.get(MODEL.target) or b"")) as made:
        assert [os.fsencode(name) for name in made.getnames()] == [b"b\xff"]


# continuous outputs -----------------------------------------------------------------------------------------------
THERE = "/opt/ml/checkpoints"
CONTINUOUS = Output(THERE, "s3://c/p", when="continuous")


def test_continuous_outputs_go_but_for_those_that_s3_does_not_take(bench: Bench, s3: StubS3) -> None:
    script = (
        rf"cd {THERE}; echo x >$(printf 'b\377'); echo x >good; "
        "while ! [ -e good.sagemaker-uploaded ]; do sleep 0.01; done; echo x >last"
    )
    state = bench.run("sh", "-c", script, outputs=(CONTINUOUS,), folders=(THERE,), **s3.spec())
    assert s3.keys("c") == ["p/good", "p/last"]
    assert (state.exit_code, state.reason) == (0, "upload")
    assert "is not UTF-8" in state.detail


def test_checkpoints_that_are_larger_than_the_volume_are_not_sent(bench: Bench, s3: StubS3) -> None:
    """Files with holes: they take no room, so that only their sizes tell. A volume this small is no file system."""
    script = (
        f"cd {THERE}; truncate -s 3M a; truncate -s 3M b; until [ -e /opt/ml/output/go ]; do sleep 0.01; done"
    )
    members = {"outputs": (CONTINUOUS,), "folders": (THERE,), "resources": Resources(volume=loop.LEAST - 1)}
    bench.begin(script, **members, **s3.spec())
    until(lambda: (bench.home / "runs/r/hosts/algo-1/ml/checkpoints/b").exists())
    until(lambda: "larger than its volume" in bench.log())
    (bench.home / "runs/r/hosts/algo-1/ml/output/go").write_text("")
    assert bench.end().reason == "upload"
    assert s3.keys("c") == []
    assert bench.log().count("larger than its volume") == 1


def test_an_archive_that_says_its_holes_out_of_order_is_refused(root: str) -> None:
    member = tarfile.TarInfo("x")
    member.size = 100 << 20
    block = bytearray(sparse.header(member, [(10 << 20, 512), (50 << 20, 512)]))
    block[386:398], block[410:422] = block[410:422], block[386:398]
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    packed = gzip.compress(bytes(block) + bytes(1024 + 1024))
    with pytest.raises(unpack.Unsafe, match="out of order"):
        unpack.unpack(unpack.Stream(iter([packed])), root, "x", 1 << 20)
