"""Archives of models that tests make: harmless ones, and such as would do harm."""

from __future__ import annotations

import io
import tarfile


def archive(*members: tuple[str, bytes | str], kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar.gz; a text is the target of a link (or whatever `kind` makes of it)."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
            else:
                member.type = kind if kind != tarfile.REGTYPE else tarfile.SYMTYPE
                member.linkname = content
                made.addfile(member)
    return packed.getvalue()


EVIL = {
    "absolute": archive(("/etc/x", b"")),
    "climbing": archive(("../x", b"")),
    "deep climbing": archive(("a/../../x", b"")),
    "link to root": archive(("l", "/etc")),
    "link upwards": archive(("d/l", "../../x")),
    "link through a link": archive(("s", "."), ("l", "s/../../x")),
    "through a link": archive(("l", "d"), ("d/f", b""), ("l/x", b""), ("l", "d")),
    "hard link": archive(("h", "../../spec.json"), kind=tarfile.LNKTYPE),
    "hard link to nothing": archive(("h", "nothing"), kind=tarfile.LNKTYPE),
    "device": archive(("dev", ""), kind=tarfile.CHRTYPE),
    "fifo": archive(("fifo", ""), kind=tarfile.FIFOTYPE),
    "no archive": b"hello",
    "cut": archive(("a", b"x" * 100_000))[:-40],
}
