"""Volumes at the size that was asked for: a file system of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.runs.api import Host, Input, RunSpec
from clary_supervisor import disk
from tests.support.live_jobs import archive
from tests.support.stub_s3 import StubS3
from tests.support.volumes import SIZE, VOLUME, By
from tests.support.waiting import until

SAYS_FULL = """
import errno, os
def fill(fd):
    written = 0
    try:
        while written < 60_000_000:
            written += os.write(fd, bytes(1 << 20))
    except OSError as error:
        return written, errno.errorcode[error.errno]
    return written, "WROTE IT ALL"
"""


# a file system of its own -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["/tmp/x", "/opt/ml/model/x", "/opt/ml/input/data/x", "/var/tmp/x"])
@pytest.mark.parametrize("unlinked", [True, False])
def test_no_file_outgrows_the_volume(loop: By, where: str, unlinked: bool) -> None:
    """What is full says so inside, in the words of a disk: No space left on device."""
    script = (
        f"fd = os.open({where!r}, os.O_RDWR | os.O_CREAT)\n{f'os.unlink({where!r})' if unlinked else ''}\n"
    )
    loop.run("{python}", "-c", f"{SAYS_FULL}{script}print(*fill(fd)); os.ftruncate(fd, 0)", resources=VOLUME)
    written, said = loop.text().split()
    assert said == "ENOSPC"
    assert SIZE <= int(written) < 1.2 * SIZE


def test_tmp_and_opt_ml_are_one_volume(loop: By) -> None:
    script = "a = os.open('/tmp/a', os.O_RDWR | os.O_CREAT); b = os.open('/opt/ml/b', os.O_RDWR | os.O_CREAT)"
    loop.run("{python}", "-c", f"{SAYS_FULL}{script}\nprint(fill(a)[1], fill(b)[0])", resources=VOLUME)
    assert loop.text() == "ENOSPC 0\n"


def test_the_number_of_files_is_limited_by_the_size(loop: By) -> None:
    script = (
        "import errno, os\nos.mkdir('/tmp/n'); os.chdir('/tmp/n')\nn = 0\n"
        "try:\n    while n < 100_000:\n        os.mknod(str(n)); n += 1\n"
        "except OSError as error:\n    print(n, errno.errorcode[error.errno])\n"
        "for name in os.listdir('.'): os.unlink(name)"
    )
    loop.run("{python}", "-c", script, resources=VOLUME)
    count, _, said = loop.text().strip().partition(" ")
    assert said == "ENOSPC"
    assert SIZE // disk.BYTES_FOR_A_FILE <= int(count) < 2 * SIZE // disk.BYTES_FOR_A_FILE


def test_a_program_that_fails_on_a_full_volume_is_told_why(loop: By) -> None:
    script = "set -e; head -c 60000000 /dev/zero >/opt/ml/model/big"
    state = loop.run("sh", "-c", script, resources=VOLUME)
    assert (state.exit_code, state.reason) == (1, "disk"), (state, loop.log())
    assert f"of a volume of {SIZE} bytes" in state.detail
    assert "No space left on device" in loop.text()


def test_a_program_that_makes_room_again_ends_well(loop: By) -> None:
    script = "head -c 60000000 /dev/zero >/tmp/x || rm /tmp/x; echo fine >/opt/ml/model/x"
    state = loop.run("sh", "-c", script, resources=VOLUME)
    assert (state.exit_code, state.reason) == (0, "")


def test_files_with_holes_may_be_larger_than_the_volume(loop: By) -> None:
    """As on AWS, and as LMDB makes them."""
    assert loop.run("truncate", "-s", "1T", "/opt/ml/model/x", resources=VOLUME).exit_code == 0


def test_each_host_has_its_own(loop: By) -> None:
    hosts = (Host("algo-1"), Host("algo-2"))
    script = "head -c 15000000 /dev/zero >/opt/ml/model/$HOSTNAME; ls /opt/ml/model"
    assert loop.run("sh", "-c", script, resources=VOLUME, hosts=hosts).exit_code == 0
    assert [loop.text(host=host.name) for host in hosts] == ["algo-1\n", "algo-2\n"]


def test_its_files_are_seen_through_its_supervisor(loop: By) -> None:
    """docs/how-to/debugging-a-failed-job.md"""
    loop.begin("echo here >/opt/ml/model/x; echo up; sleep 600", resources=VOLUME)
    loop.says("up")
    pid = loop.supervisor().split()[0]
    inside = f"{loop.home}/runs/r/hosts/algo-1/ml/model/x"
    assert Path(f"/proc/{pid}/root{inside}").read_text() == "here\n"
    assert not Path(inside).exists()


def test_an_archive_that_fills_it_is_told_in_the_words_of_aws(loop: By, s3: StubS3) -> None:
    s3.put("s3://b/m.tar.gz", archive({"zeros": bytes(50_000_000)}))
    item = Input("/opt/ml/model", "s3://b/m.tar.gz", kind="model")
    state = loop.run("true", inputs=(item,), resources=VOLUME, **s3.spec())
    assert (state.reason, state.exits) == ("disk", ())
    assert state.detail == "ClientError: Data download failed:no space left on device"


def test_nothing_is_left_of_it(loop: By) -> None:
    def devices() -> list[str]:
        found = Path("/sys/block").glob("loop*/loop/backing_file")
        return [text for path in found if (text := path.read_text()).startswith(f"{loop.home}/runs")]

    loop.begin("echo up; sleep 600", resources=VOLUME)
    loop.says("up")
    assert len(devices()) == 1
    assert str(loop.home) not in Path("/proc/self/mountinfo").read_text(), (
        "the machine's own mounts are as they were"
    )
    loop.executor.stop("r", grace=0)
    loop.end()
    until(lambda: not devices(), what="for the loop device to be free")
    until(lambda: not list(loop.home.glob("runs/r/hosts/*/*.img")))
    assert (loop.home / f"volumes/{SIZE}.ext4").exists()


def test_what_is_kept_is_read_after_the_end(loop: By) -> None:
    script = "mkdir -p /opt/ml/output/m; echo kept >/opt/ml/output/m/x; echo gone >/opt/ml/output/y; ln -s x /opt/ml/output/m/l"
    keep = ("output/m/x", "/opt/ml/output/m/l", "output/none")
    loop.run("sh", "-c", script, resources=VOLUME, keep=keep)
    assert loop.executor.file("r", "algo-1", "output/m/x") == b"kept\n"
    assert not loop.executor.file("r", "algo-1", "output/m/l"), "a link is not followed"
    assert loop.executor.file("r", "algo-1", "output/y") is None


def test_a_path_out_of_opt_ml_is_not_kept(loop: By) -> None:
    with pytest.raises(ValueError, match="opt/ml"):
        loop.executor.start("r", RunSpec(("true",), keep=("../../spec.json",)))


def test_a_supervisor_that_follows_another_finds_the_same_volume(loop: By) -> None:
    """While the program lives, and after it ended with nobody there."""
    go = "import os; s = open('/opt/ml/model/x', 'w'); print('up', flush=True); "
    code = f"{go}\nimport time\nwhile not os.path.exists('/run/clary/go'): time.sleep(0.01)\ns.write('late'); s.close(); raise SystemExit(3)"
    loop.executor.start(
        "r", RunSpec(("{python}", "-c", code), resources=VOLUME, sockets=True, keep=("model/x",))
    )
    loop.says("up")
    loop.kill_supervisor()
    loop.executor = loop.another()
    loop.executor.inspect("r")
    loop.supervisor()
    loop.kill_supervisor()
    (loop.home / "runs/r/hosts/algo-1/s/go").touch()
    state = loop.end()
    assert (state.phase, state.exit_code) == ("exited", 3)
    assert loop.executor.file("r", "algo-1", "model/x") == b"late"


def test_a_volume_of_another_boot_is_lost(loop: By) -> None:
    """It has no journal: after a power cut nobody knows what is on it."""
    loop.begin("echo up; sleep 600", resources=VOLUME)
    loop.says("up")
    loop.kill_supervisor()
    (image,) = (loop.home / "runs/r/hosts/algo-1").glob("volume-*.img")
    image.rename(image.with_name("volume-another-boot.img"))
    state = loop.end()
    assert state.phase == "lost"
    assert "the machine went down" in state.detail


def test_where_it_cannot_be_mounted_after_all_it_is_counted(loop: By) -> None:
    (loop.home / "volumes").mkdir()
    (loop.home / f"volumes/{SIZE}.ext4").write_bytes(bytes(1 << 20))  # no file system
    state = loop.run("sh", "-c", "head -c 30000000 /dev/zero >/tmp/x; sleep 600", resources=VOLUME)
    assert state.reason == "disk"
    assert any(note.startswith("volume: counted, not kept by the kernel (") for note in state.notes)


def test_without_a_size_there_is_no_volume(loop: By) -> None:
    state = loop.run("sh", "-c", "touch /opt/ml/model/x")
    assert loop.executor.file("r", "algo-1", "model/x") == b""
    assert not any(note.startswith("volume") for note in state.notes)
