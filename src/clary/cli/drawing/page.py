"""A page of HTML that needs no server and no network, and its parts. Text is escaped unless it is Markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from clary.cli.drawing.numbers import number
from clary.cli.drawing.style import STYLE

# What a browser may load for the page: nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Cell = str | float | None


def page(title: str, kicker: str, lede: str, sections: Iterable[str], footer: str) -> str:
    """Return a whole page. `sections` and `footer` are HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"{header(title, kicker, lede)}{''.join(sections)}<footer>{footer}</footer></main></body></html>\n"
    )


def header(title: str, kicker: str, lede: str) -> str:
    """Return the head of a page."""
    said = f'<p class="lede">{shown(lede)}</p>' if lede else ""
    return f'<header><p class="kicker">{escape(kicker)}</p><h1>{breakable(title)}</h1>{said}</header>'


def section(title: str, lede: str, body: str) -> str:
    """Return a part of a page under a heading."""
    return f"<section><h2>{escape(title)}</h2><p>{shown(lede)}</p>{body}</section>"


def card(body: str, css: str = "") -> str:
    """Return a frame around HTML."""
    return f'<div class="{f"card {css}".rstrip()}">{body}</div>'


def figure(title: str, subtitle: str, body: str) -> str:
    """Return a picture in a frame, with its title."""
    return f'<figure class="card"><figcaption>{escape(title)}<span>{escape(subtitle)}</span></figcaption>{body}</figure>'


def figures(found: Sequence[str]) -> str:
    """Return figures in pairs."""
    css = "pair" if len(found) > 1 else "single"
    return f'<div class="{css}">{"".join(found)}</div>' if found else ""


def tile(name: str, value: str, why: str, unit: str = "") -> str:
    """Return a figure of the headline; `why` is HTML."""
    small = f" <small>{escape(unit)}</small>" if unit else ""
    return (
        f'<li><span class="name">{escape(name)}</span><span class="value">{escape(value)}{small}</span>'
        f'<span class="why">{why}</span></li>'
    )


def tiles(found: Iterable[str]) -> str:
    """Return the tiles of a headline."""
    return f'<ul class="tiles">{"".join(found)}</ul>'


def facts(rows: Iterable[tuple[str, Cell]]) -> str:
    """Return names with their values, without those that are empty."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{shown(value)}</td></tr>'
        for name, value in rows
        if value is not None and value != ""
    )
    return card(f'<table class="facts"><tbody>{body}</tbody></table>') if body else ""


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], marked: frozenset[int] = frozenset()
) -> str:
    """Return a table whose first column names its rows; numbers are right-aligned. The rows of `marked` stand out."""
    body = [list(row) for row in rows]
    right = [all(isinstance(row[place], float | int | None) for row in body) for place in range(len(columns))]
    head = "".join(
        f'<th scope="col"{_n(is_n)}>{shown(name)}</th>' for name, is_n in zip(columns, right, strict=True)
    )
    lines = "".join(_row(row, right, place in marked) for place, row in enumerate(body))
    scroll = f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {escape(columns[0])}">'
    return card(f"{scroll}<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>")


def _row(row: Sequence[Cell], right: Sequence[bool], marked: bool) -> str:
    first, *rest = row
    cells = "".join(
        f"<td{_n(is_n) or _short(cell)}>{shown(cell)}</td>"
        for cell, is_n in zip(rest, right[1:], strict=True)
    )
    css = ' class="marked"' if marked else ""
    return f'<tr{css}><th scope="row"{_n(right[0])}>{shown(first)}</th>{cells}</tr>'


def _n(is_number: bool) -> str:
    return ' class="n"' if is_number else ""


def _short(cell: Cell) -> str:
    """Return the class of a cell that is not wrapped: a date, a time span, a word."""
    return ' class="k"' if isinstance(cell, str) and not isinstance(cell, Markup) and len(cell) < 20 else ""


def badge(word: str, kind: str = "") -> Markup:
    """Return a word in a pill: `good`, `bad`, or neither."""
    return Markup(f'<span class="badge {kind}">{escape(word)}</span>' if word else "")


def code(text: str) -> Markup:
    """Return text in a monospaced font."""
    return Markup(f"<code>{breakable(text)}</code>")


def breakable(text: str) -> Markup:
    """Return text that can be wrapped after its underscores, hyphens and slashes."""
    found = escape(text)
    for mark in "_/":
        found = found.replace(mark, f"{mark}<wbr>")
    return Markup(found)


def shown(value: Cell) -> str:
    """Return a value as HTML."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return escape(value)
    return "–" if value is None else escape(number(value))
