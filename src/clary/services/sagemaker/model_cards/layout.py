"""From blocks of text to pages: headings, paragraphs, named values, tables and charts, one below the other.

Knows no model card. The pages of a text are bounded by its characters: each line has one at least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clary.services.sagemaker.model_cards import pdf

_MARGIN, _INDENT = 56.0, 14.0
_TEXT = pdf.WIDTH - 2 * _MARGIN
_SIZE, _LEADING = 10.0, 13.0
_CHART = 140.0  # points high


@dataclass(frozen=True, slots=True)
class Heading:
    """A title: of the document (level 0), a section (1), a part of one (2)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text, in bold before it what it is about."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers as a line through points, or as bars; names of the axes below it."""

    points: Sequence[tuple[float, float]] = ()
    bars: Sequence[float] = ()
    caption: str = ""


Block = Heading | Paragraph | Chart
_SIZES = (18.0, 14.0, 11.0)


def pages_of(blocks: Sequence[Block], footer: str) -> list[bytes]:
    """Return the content of every page. There is one page at least."""
    flow = _Flow()
    for block in blocks:
        match block:
            case Heading():
                flow.heading(block)
            case Paragraph():
                flow.paragraph(block)
            case Chart():
                flow.chart(block)
    pages = flow.pages
    return [
        b"".join(page) + pdf.text_at(_MARGIN, 30, f"{footer}  -  page {number} of {len(pages)}", 8)
        for number, page in enumerate(pages, start=1)
    ]


class _Flow:
    """Pages that are being filled from the top."""

    def __init__(self) -> None:
        self.pages: list[list[bytes]] = [[]]
        self._y = pdf.HEIGHT - _MARGIN

    def heading(self, block: Heading) -> None:
        size = _SIZES[block.level]
        self._down(size * 0.8)
        for text in wrapped(block.text, size, _TEXT, bold=True):
            # A heading does not stand alone at the end of a page.
            self._require(size * 1.3 + 2 * _LEADING)
            self._line(text, size, bold=True)
        self._down(size * 0.2)

    def paragraph(self, block: Paragraph) -> None:
        indent = _INDENT if block.label else 0.0
        if block.label:
            self._require(2 * _LEADING)
            for text in wrapped(block.label, _SIZE, _TEXT, bold=True):
                self._line(text, _SIZE, bold=True)
        for text in wrapped(block.text, _SIZE, _TEXT - indent):
            self._line(text, _SIZE, indent)
        self._down(3)

    def chart(self, block: Chart) -> None:
        self._require(_CHART + 2 * _LEADING)
        self._down(_CHART)
        left, bottom = _MARGIN + _INDENT, self._y
        frame = [(left, bottom + _CHART - 6), (left, bottom), (left + _TEXT - 2 * _INDENT, bottom)]
        self.pages[-1].append(pdf.line(frame))
        self.pages[-1] += _drawn(block, left, bottom)
        for text in wrapped(block.caption, 8, _TEXT):
            self._line(text, 8, _INDENT)
        self._down(4)

    def _line(self, text: str, size: float, indent: float = 0.0, bold: bool = False) -> None:
        self._require(size * 1.3)
        self._down(size * 1.3)
        if text:
            self.pages[-1].append(pdf.text_at(_MARGIN + indent, self._y, text, size, bold))

    def _require(self, height: float) -> None:
        """Begin another page unless there is room."""
        if self._y - height < _MARGIN:
            self.pages.append([])
            self._y = pdf.HEIGHT - _MARGIN

    def _down(self, height: float) -> None:
        self._y -= height


def _drawn(block: Chart, left: float, bottom: float) -> list[bytes]:
    """Return the operators of the line or the bars of a chart."""
    width, height = _TEXT - 2 * _INDENT, _CHART - 10
    if block.points:
        xs, ys = (_within(values) for values in zip(*block.points, strict=True))
        points = [(left + x * width, bottom + y * height) for x, y in zip(xs, ys, strict=True)]
        return [pdf.line(points * (2 if len(points) == 1 else 1), 1.0)]
    step = width / max(len(block.bars), 1)
    heights = _within([0.0, *block.bars])
    ground = heights[0]
    return [
        pdf.box(
            left + place * step + step * 0.1, bottom + ground * height, step * 0.8, (top - ground) * height
        )
        for place, top in enumerate(heights[1:])
    ]


def _within(values: Sequence[float]) -> list[float]:
    """Return the values between 0 (the least) and 1 (the greatest), however large they are."""
    largest = max(map(abs, values)) or 1.0
    scaled = [value / largest for value in values]
    least, span = min(scaled), (max(scaled) - min(scaled)) or 1.0
    return [(value - least) / span for value in scaled]


def wrapped(text: str, size: float, width: float, bold: bool = False) -> Iterator[str]:
    """Yield the lines of a text that is broken at spaces, and within words that are wider than a line."""
    for paragraph in text.splitlines() or [""]:
        line, used = "", 0.0
        for word in _pieces(paragraph, size, width, bold):
            needed = pdf.width_of(f" {word}" if line else word, size, bold)
            if line and used + needed > width:
                yield line
                line, used, needed = "", 0.0, pdf.width_of(word, size, bold)
            line, used = f"{line} {word}" if line else word, used + needed
        yield line


def _pieces(paragraph: str, size: float, width: float, bold: bool) -> Iterator[str]:
    """Yield the words; those that are wider than a line in pieces that fill one."""
    for word in paragraph.split():
        if pdf.width_of(word, size, bold) <= width:
            yield word
        else:
            yield from _broken(word, size, width, bold)


def _broken(word: str, size: float, width: float, bold: bool) -> Iterator[str]:
    start, used = 0, 0.0
    for place, character in enumerate(word):
        needed = pdf.width_of(character, size, bold)
        if used + needed > width:
            yield word[start:place]
            start, used = place, 0.0
        used += needed
    yield word[start:]
