"""A writer of PDF files: pages of text and lines in the fonts that every reader has, and one attached file.

Knows no model card. It writes what ISO 32000-1 calls a simple file: objects, a table of their places, a trailer. The
standard fonts have the characters of Windows-1252; others are written as `?`, and the attachment has them.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

WIDTH, HEIGHT = 595.0, 842.0  # A4, in points
_ENCODING = "cp1252"

# Advance widths of Helvetica for the characters 32 to 126, in thousandths of the size (Adobe's font metrics).
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_OTHER, _BOLD = 611, 1.09  # a character beyond these, and how much wider the bold font is


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within the document."""

    name: str
    media_type: str
    data: bytes


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a text is, in points; for bold text and rare characters at least that."""
    units = sum(_WIDTHS[ord(one) - 32] if 32 <= ord(one) <= 126 else _OTHER for one in text)
    return units * size * (_BOLD if bold else 1.0) / 1000


def text_at(x: float, y: float, text: str, size: float, bold: bool = False) -> bytes:
    """Return the operators that show a text with its base line at a point."""
    font = b"/F2" if bold else b"/F1"
    return b"BT %s %.1f Tf %.2f %.2f Td (%s) Tj ET\n" % (font, size, x, y, _escaped(text))


def line(points: Sequence[tuple[float, float]], width: float = 0.5) -> bytes:
    """Return the operators that draw a line through these points."""
    first, *rest = points
    path = b"".join(b"%.2f %.2f l " % point for point in rest)
    return b"%.2f w %.2f %.2f m %sS\n" % (width, *first, path)


def box(x: float, y: float, width: float, height: float) -> bytes:
    """Return the operators that fill a rectangle with grey."""
    return b"0.6 g %.2f %.2f %.2f %.2f re f 0 g\n" % (x, y, width, height)


def _escaped(text: str) -> bytes:
    """Return a text in the encoding of the fonts, as the content of a string."""
    known = "".join(one if _is_known(one) else unicodedata.normalize("NFKD", one) for one in text)
    plain = "".join(one if one.isprintable() else " " for one in known if not unicodedata.combining(one))
    data = plain.encode(_ENCODING, errors="replace")
    return data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _is_known(character: str) -> bool:
    try:
        character.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def write(pages: Sequence[bytes], title: str, made: float, attached: Attachment) -> bytes:
    """Return the file. The same arguments make the same bytes."""
    objects = _fixed(title, made, attached)
    first = len(objects) + 1
    kids = b" ".join(b"%d 0 R" % (first + 2 * place) for place in range(len(pages)))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids)
    for place, content in enumerate(pages):
        objects += [_page(first + 2 * place + 1), _stream(b"", content)]
    return _file(objects)


def _fixed(title: str, made: float, attached: Attachment) -> list[bytes]:
    """Return the objects 1 to 7: catalog, pages (filled in later), fonts, information, attachment."""
    name, moment = _escaped(attached.name), datetime.fromtimestamp(made, UTC).strftime("D:%Y%m%d%H%M%SZ")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    kind = b"/Type /EmbeddedFile /Subtype /%s " % attached.media_type.replace("/", "#2F").encode()
    return [
        b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(%s) 7 0 R] >> >> >>" % name,
        b"",
        font % b"Helvetica",
        font % b"Helvetica-Bold",
        b"<< /Title (%s) /CreationDate (%s) /Producer (Clary) >>" % (_escaped(title), moment.encode()),
        _stream(kind, attached.data),
        b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F 6 0 R >> >>" % (name, name),
    ]


def _page(content: int) -> bytes:
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
        b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (WIDTH, HEIGHT, content)
    )


def _stream(entries: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data, 6)
    return b"<< %s/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (entries, len(packed), packed)


def _file(objects: Sequence[bytes]) -> bytes:
    """Return header, objects, the table of their places, and the trailer."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table, mark = len(out), hashlib.sha256(out).hexdigest()[:32].encode()
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R /ID [<%s> <%s>] >>\n" % (
        len(objects) + 1,
        mark,
        mark,
    )
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)
