"""What is in a PDF file, read by its own table of places: texts and attachments. For tests of the writer only."""

from __future__ import annotations

import re
import zlib


class Pdf:
    """A file whose objects are found by its table, as every reader finds them."""

    def __init__(self, data: bytes) -> None:
        assert data.startswith(b"%PDF-1.7\n")
        assert data.endswith(b"%%EOF\n")
        table = int(data.rpartition(b"startxref\n")[2].partition(b"\n")[0])
        assert data[table:].startswith(b"xref\n0 ")
        count = int(data[table:].split(b"\n")[1].split()[1])
        rows = data[table:].split(b"\n")[2 : 2 + count]
        self.objects: dict[int, bytes] = {}
        for number, row in enumerate(rows[1:], start=1):
            assert len(row) == 19, "a row has 20 bytes with its end"
            content = data[int(row[:10]) :]
            assert content.startswith(b"%d 0 obj\n" % number)
            self.objects[number] = content[content.index(b"\n") + 1 : content.index(b"\nendobj\n")]
        self.trailer = data[table:].partition(b"trailer\n")[2]

    @property
    def pages(self) -> list[int]:
        (kids,) = re.findall(rb"/Kids \[(.*?)\]", self.objects[2])
        return [int(number) for number in re.findall(rb"(\d+) 0 R", kids)]

    def text(self) -> str:
        """All texts, one a line."""
        found = []
        for page in self.pages:
            (content,) = re.findall(rb"/Contents (\d+) 0 R", self.objects[page])
            found += re.findall(rb"Td \(((?:\\.|[^\\])*?)\) Tj", self.stream(int(content)))
        plain = [re.sub(rb"\\(.)", rb"\1", one) for one in found]
        return "\n".join(one.decode("cp1252") for one in plain)

    def stream(self, number: int) -> bytes:
        head, _, rest = self.objects[number].partition(b"\nstream\n")
        (length,) = re.findall(rb"/Length (\d+)", head)
        assert rest[int(length) :] == b"\nendstream"
        return zlib.decompress(rest[: int(length)])

    def attachment(self) -> bytes:
        (spec,) = re.findall(rb"/EmbeddedFiles << /Names \[\(.*?\) (\d+) 0 R\]", self.objects[1])
        (file,) = re.findall(rb"/EF << /F (\d+) 0 R >>", self.objects[int(spec)])
        return self.stream(int(file))
