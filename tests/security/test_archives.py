"""model.tar.gz from a stranger: what would leave its folder, or never end, fails the endpoint and writes nothing."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.live import Live
from tests.support.live_jobs import deploy
from tests.support.waiting import until

Members = Callable[[tarfile.TarFile], None]
OUTSIDE = f"clary-escape-{os.getpid()}"


def _file(tar: tarfile.TarFile, name: str, content: bytes = b"x") -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _link(tar: tarfile.TarFile, name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    tar.addfile(info)


def climbing(tar: tarfile.TarFile) -> None:
    _file(tar, f"../../../../../../../../tmp/{OUTSIDE}")


def absolute(tar: tarfile.TarFile) -> None:
    _file(tar, f"/tmp/{OUTSIDE}")


def through_a_link(tar: tarfile.TarFile) -> None:
    _link(tar, "out", "/tmp")
    _file(tar, f"out/{OUTSIDE}")


def a_link_to_the_host(tar: tarfile.TarFile) -> None:
    _link(tar, "code", "../../../../../../../../etc")


def a_hard_link(tar: tarfile.TarFile) -> None:
    _link(tar, "passwd", "/etc/passwd", tarfile.LNKTYPE)


def a_device(tar: tarfile.TarFile) -> None:
    info = tarfile.TarInfo("disk")
    info.type, info.devmajor, info.devminor = tarfile.BLKTYPE, 8, 0
    tar.addfile(info)


def packed(members: Members) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        members(tar)
    return buffer.getvalue()


def bomb() -> bytes:
    """Three gigabytes of zeros in an archive of three megabytes: above the two that the instance's volume has."""
    buffer = io.BytesIO()
    info = tarfile.TarInfo("zeros")
    info.size = 3 << 30
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as file:
        file.write(info.tobuf())
        piece = bytes(1 << 24)
        for _ in range((3 << 30) // len(piece)):
            file.write(piece)
    return buffer.getvalue()


def failure(live: Live, role: str, name: str, archive: bytes) -> str:
    """Deploy an archive; the reason why that failed."""
    sm = live.client("sagemaker")
    live.client("s3").put_object(Bucket="data", Key=f"bad/{name}.tar.gz", Body=archive)
    deploy(live, role, f"s3://data/bad/{name}.tar.gz", name)
    try:
        until(lambda: sm.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Failed", 90, 0.1)
        return sm.describe_endpoint(EndpointName=name)["FailureReason"]
    finally:
        sm.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize(
    "members",
    [climbing, absolute, through_a_link, a_link_to_the_host, a_hard_link, a_device],
    ids=lambda m: m.__name__,
)
def test_an_archive_that_reaches_out_is_refused(live: Live, role: str, members: Members) -> None:
    name = members.__name__.replace("_", "-")
    reason = failure(live, role, name, packed(members))
    assert reason
    assert not (Path("/tmp") / OUTSIDE).exists()


def test_what_is_no_archive_is_refused(live: Live, role: str) -> None:
    assert failure(live, role, "no-archive", b"not a tar.gz at all")


@pytest.mark.slow
def test_a_bomb_ends_before_the_disk_does(live: Live, role: str) -> None:
    before = shutil.disk_usage(live.home.path).free
    reason = failure(live, role, "bomb", bomb())
    assert reason
    until(
        lambda: shutil.disk_usage(live.home.path).free > before - (1 << 30), 20
    )  # and what came is gone again
