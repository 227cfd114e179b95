"""Layers of images that would do harm are refused with a reason, or do none."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary_supervisor import image_layer
from tests.support.image_registry import digest_of, layer, member

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="layers are unpacked by root alone")
_ROOM = 1 << 20
_OPAQUE = "trusted.overlay.opaque"


class Place:
    """A folder for a layer, beside a file and a folder that no layer may touch."""

    def __init__(self, at: Path) -> None:
        self.root = at / "layer"
        self.victim = at / "victim"
        self.root.mkdir()
        self.victim.write_text("mine")
        self._around = sorted(at.iterdir()), at.stat().st_mode
        self._at = at

    def unpack(self, archive: bytes, *, zipped: bool = False, diff_id: str = "", room: int = _ROOM) -> int:
        sent = gzip.compress(archive, 1, mtime=0) if zipped else archive
        return image_layer.unpack(_pieces(sent), str(self.root), diff_id or digest_of(archive), room)

    def names(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*"))

    def check(self) -> None:
        assert (sorted(self._at.iterdir()), self._at.stat().st_mode) == self._around
        assert self.victim.read_text() == "mine"
        assert os.listxattr(self._at) == []


def _pieces(data: bytes) -> Iterator[bytes]:
    """Send the first byte by itself, as a slow registry may."""
    yield data[:1]
    yield data[1:]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.check()
    image_layer.empty(str(made.root))  # whatever an attempt left can be removed
    assert made.names() == []


def _link(name: str, to: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.SYMTYPE, linkname=to)


def _hard(name: str, to: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.LNKTYPE, linkname=to)


def _special(name: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, devmajor=1, devminor=3)


@pytest.mark.parametrize("zipped", [False, True])
def test_what_a_layer_holds_is_unpacked(place: Place, zipped: bool) -> None:
    archive = layer(
        member("a", None, 0o750, uid=5, gid=6),
        member("a/file", b"text", 0o4755, uid=7, mtime=1000),
        _hard("again", "a/file"),
        _link("link", "/a/file"),
    )
    assert place.unpack(archive, zipped=zipped) == 4096 + 4
    info = (place.root / "a/file").stat()
    assert (info.st_uid, stat.S_IMODE(info.st_mode), info.st_mtime) == (7, 0o4755, 1000)
    assert info.st_nlink == 2
    assert os.readlink(place.root / "link") == "/a/file"
    assert stat.S_IMODE((place.root / "a").stat().st_mode) == 0o750


# names ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["../victim", "a/../../victim", "..", "a/.."])
def test_a_name_that_climbs_is_refused(place: Place, name: str) -> None:
    with pytest.raises(image_layer.Broken, match="illegal name"):
        place.unpack(layer(member(name, b"theirs")))


def test_an_absolute_name_is_below_the_image(place: Place) -> None:
    place.unpack(layer(member(str(place.victim), b"theirs"), member("/etc/x", b"x")))
    assert (place.root / "etc/x").read_text() == "x"


@pytest.mark.parametrize("name", [".wh...", "a/.wh...", "a/.wh..", "a/b/.wh..."])
def test_a_whiteout_hides_neither_its_folder_nor_the_one_above(place: Place, name: str) -> None:
    """A name that is `..` behind the prefix would make the folder above opaque."""
    with pytest.raises(image_layer.Broken, match="illegal whiteout"):
        place.unpack(layer(member("a/b/kept", b"x"), member(name)))
    assert _OPAQUE not in os.listxattr(place.root)


@pytest.mark.parametrize("name", [".wh.", "a/.wh..wh.plnk", "a/.wh..wh.aufs"])
def test_what_aufs_left_is_passed_over(place: Place, name: str) -> None:
    place.unpack(layer(member("a", None), member(name)))
    assert place.names() == ["a"]


# links, devices -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "members",
    [
        (_link("l", "../victim"), member("l", b"theirs")),
        (_link("d", ".."), member("d/victim", b"theirs")),
        (_link("d", "/../../.."), _link("e", "d"), member("e/victim", b"theirs")),
        (_link("d", ".."), member("d/.wh.victim")),
        (_link("d", ".."), member("d/.wh..wh..opq")),
        (_link("d", ".."), member("d/victim", None, 0o777)),
    ],
)
def test_a_link_leads_nowhere_but_into_the_image(
    place: Place, members: tuple[tuple[tarfile.TarInfo, bytes], ...]
) -> None:
    place.unpack(layer(*members))


@pytest.mark.parametrize("to", ["../victim", "/../victim", "nothing", "", "l"])
def test_a_hard_link_that_leads_out_or_nowhere_is_refused(place: Place, to: str) -> None:
    with pytest.raises(image_layer.Broken, match=r"illegal name|the link 'l' in a layer"):
        place.unpack(layer(_hard("l", to)))


def test_a_hard_link_through_a_link_stays_inside(place: Place) -> None:
    with pytest.raises(image_layer.Broken, match="No such file or directory"):
        place.unpack(layer(_link("d", "/.."), _hard("l", "d/victim")))


def test_devices_are_left_out(place: Place) -> None:
    """A device of the number 0, 0 would be a whiteout that nothing has counted."""
    place.unpack(layer(_special("c", tarfile.CHRTYPE), _special("b", tarfile.BLKTYPE), member("x")))
    assert place.names() == ["x"]


def test_a_fifo_is_made_and_never_opened(place: Place) -> None:
    """The second member of the name would wait for a reader if it was written into."""
    place.unpack(layer(_special("f", tarfile.FIFOTYPE), _special("g", tarfile.FIFOTYPE), member("g", b"x")))
    assert stat.S_ISFIFO((place.root / "f").lstat().st_mode)
    assert (place.root / "g").read_text() == "x"


# bombs ----------------------------------------------------------------------------------------------------------------
def _sized(name: str, size: int, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a member whose header claims so many bytes."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT) + data


def _of_zeros(size: int) -> bytes:
    """Return a gzip file of so many zeros."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="w", compresslevel=1, mtime=0) as file:
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return packed.getvalue()


def _sparse(size: int) -> bytes:
    """Return a member of GNU's old sparse form, which is all hole: a small archive that is a large file."""
    info = tarfile.TarInfo("hole")
    info.type = tarfile.GNUTYPE_SPARSE
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[386:398], head[398:410] = b"%011o\0" % size, b"%011o\0" % 0
    head[483:495] = b"%011o\0" % size
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + bytes(1024)


BOMBS: dict[str, Callable[[], bytes]] = {
    "declared": lambda: _sized("x", 1 << 40, bytes(2 << 20)),
    "of a whiteout": lambda: _sized(".wh.x", 1 << 40, bytes(2 << 20)),
    "of a kind that nobody knows": lambda: _sized("x", 1 << 40, bytes(2 << 20), b"Q"),
    "behind the end": lambda: gzip.compress(layer(member("x")), 1) + _of_zeros(64 << 20),
    "compressed": lambda: gzip.compress(_sized("x", 1 << 30), 1) + _of_zeros(64 << 20),
    "all hole": lambda: _sparse(64 << 20),
    "folders": lambda: layer(*(member(f"{number}/{'a/' * 60}", None) for number in range(10))),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_finds_no_room(place: Place, kind: str) -> None:
    data = BOMBS[kind]()
    with pytest.raises(image_layer.Broken, match=rf"more than there is room for \({_ROOM} bytes are left\)"):
        image_layer.unpack(_pieces(data), str(place.root), digest_of(data), _ROOM)
    assert sum(path.lstat().st_blocks for path in place.root.rglob("*")) * 512 <= 2 * _ROOM


def test_implied_folders_are_members(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_layer, "MOST_MEMBERS", 100)
    with pytest.raises(image_layer.Broken, match="more than 100 members"):
        place.unpack(layer(member(f"{'a/' * 120}x")))
    assert len(place.names()) <= 100


def test_headers_that_are_too_large_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_layer, "_MEMORY", 32 << 20)
    head = _sized("x", 1 << 33, kind=tarfile.XHDTYPE)
    with pytest.raises(image_layer.Broken, match="headers of the layer are too large"):
        image_layer.unpack(iter([head, *[bytes(1 << 20)] * 100]), str(place.root), "", 1 << 40)


# damage ---------------------------------------------------------------------------------------------------------------
def test_another_archive_than_the_image_names_is_refused(place: Place) -> None:
    wrong = digest_of(b"another")
    with pytest.raises(image_layer.Broken, match=f"the layer is sha256:.*, and the image says {wrong}"):
        place.unpack(layer(member("x")), diff_id=wrong)


ODD = {
    "uid": (str(1 << 40), "the header of 'x'"),
    "gid": ("-7", "the header of 'x'"),
    "mtime": ("inf", "the header of 'x'"),
    "atime": ("nan", ""),
    "size": ("-512", "not a layer of an image: "),
    "path": ("a" * 300, "File name too long"),
    "hdrcharset": ("nothing", ""),
    "GNU.sparse.map": ("1,x", "not a layer of an image: "),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_header_has_a_reason_or_no_effect(place: Place, name: str) -> None:
    value, said = ODD[name]
    info, data = member("x", b"data")
    info.pax_headers = {name: value}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(data))
    with pytest.raises(image_layer.Broken, match=said) if said else contextlib.nullcontext():
        place.unpack(raw.getvalue())
        assert (place.root / "x").read_text() == "data"


def test_a_path_is_no_longer_than_the_machine_takes(place: Place) -> None:
    with pytest.raises(image_layer.Broken, match="File name too long"):
        place.unpack(layer(member("a/" * 3000)), room=1 << 30)


def test_a_name_or_a_link_that_no_system_takes_is_refused(place: Place) -> None:
    info, data = member("x")
    for named, header in ((info, "path"), (_link("l", "y")[0], "linkpath")):
        named.pax_headers = {header: "a\0b"}
        with pytest.raises(image_layer.Broken, match=r"illegal name 'a\\x00b'|the header of 'l'"):
            place.unpack(layer((named, data)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "not a layer of an image"),
        (b"\x1f\x8bhello", "not a layer of an image"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
        (
            gzip.compress(layer(member("x", bytes(50_000))))[:-40],
            "not a layer of an image|the layer is sha256",
        ),
        (b"", "not a layer of an image"),
    ],
    ids=("text", "no gzip", "zstd", "cut short", "nothing"),
)
def test_what_is_no_archive_is_refused(place: Place, data: bytes, said: str) -> None:
    with pytest.raises(image_layer.Broken, match=said):
        image_layer.unpack(iter([data]), str(place.root), digest_of(data), _ROOM)
