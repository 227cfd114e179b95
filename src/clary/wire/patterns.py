"""Java's regular expressions, in which AWS's models are written, as Python's. Knows no model.

AWS matches a pattern against the whole value (java.util.regex.Matcher.matches), with `\\w`, `\\d` and `\\s` meaning
ASCII. What differs between the two languages is translated: Unicode and POSIX properties, surrogate pairs, `\\z`,
`\\x{...}`, flags in the middle, hyphens next to a class.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterable
from functools import cache
from itertools import groupby

_TOKEN = re.compile(
    r"""(?P<quoted>\\Q.*?\\E)
      | (?P<property>\\[pP](?:\{(?:Is|In)?(?P<named>\w+)\}|(?P<letter>[A-Z])))
      | (?P<hex>\\x\{(?P<digits>[0-9A-Fa-f]+)\})
      | (?P<pair>\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})
      | (?P<end>\\z)
      | (?P<vertical>\\v)
      | (?P<escape>\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\.)
      | (?P<flags>\(\?i\))
      | (?P<group>\(\?<(?=[A-Za-z]))
      | (?P<end_repeated>\$(?=\{\d))
      | (?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLASS_ESCAPES = frozenset(("\\w", "\\W", "\\d", "\\D", "\\s", "\\S"))

_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": " \\t\\n\\x0b\\f\\r",
}
# Java's other names, as Unicode's general categories.
_CATEGORIES = {"all": ("L", "M", "N", "P", "S", "Z", "C"), "LD": ("L", "Nd"), "Alphabetic": ("L", "Nl")}
_CATEGORIES["Whitespace"] = ("Z",)

# Parts of AWS's patterns that take exponential time on text that does not fit, with parts that mean the same. Of the
# last, "the same" holds for values within the shape's maximal length.
LINEAR = (
    (r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"),
    (r"[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*", r"[a-z0-9*]+(?:[._\-/][a-z0-9*]+)*"),
    (r"[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*", r"\t*[\x20-\x7E][\x20-\x7E\t]*"),
    (
        r"[ \t]*[^\x00-\x1F:\x7F]+([ \t]+[^\x00-\x1F:\x7F]+)*[ \t]*",
        r"\t*[^\x00-\x1F:\x7F][^\x00-\x08\x0A-\x1F:\x7F]*",
    ),
    (r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*", r"[a-zA-Z0-9][a-zA-Z0-9\+\-\.]*"),
    (r".*\..*\..*", r"[^.\n]*\.[^.\n]*\..*"),
    (r".*\S.*", r"[^\S\n]*\S.*"),
    (r".*(?:[ \r\n\t].*)*", r"[\s\S]*"),
    (r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}", r"[a-zA-Z0-9][a-zA-Z0-9\+\-\.]*"),
)


def get_ready(patterns: Iterable[str]) -> None:
    r"""Read Unicode's categories if one of these patterns asks for them (`\p{L}`). That takes 15 ms, once, for which an
    event loop would stand still."""
    if any("\\p" in pattern or "\\P" in pattern for pattern in patterns):
        _categories()


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the pattern for Python, to be used with `fullmatch`. Raises re.error for what has no
    translation."""
    for slow, linear in LINEAR:
        pattern = pattern.replace(slow, linear)
    text, ignore_case = _translate(pattern)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "possible nested set": a bracket in a class is a plain one here
        return re.compile(text, re.ASCII | (re.IGNORECASE if ignore_case else 0))


def _translate(pattern: str) -> tuple[str, bool]:
    out: list[str] = []
    ignore_case = False
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            text, at = _translate_class(pattern, at)
            out.append(text)
            continue
        token = _TOKEN.match(pattern, at)
        assert token is not None  # the last alternative matches any character
        at = token.end()
        ignore_case = ignore_case or token.lastgroup == "flags"
        out.append(_outside_class(token))
    return "".join(out), ignore_case


def _outside_class(token: re.Match[str]) -> str:
    text = token[0]
    if token["quoted"]:
        return re.escape(text[2:-2])
    if token["property"]:
        return f"[{_property(token)}]"
    if token["flags"]:
        return ""
    if token["end"]:
        return "\\Z"
    if token["group"]:
        return "(?P<"
    return "(?:$)" if token["end_repeated"] else _character(token)


def _translate_class(pattern: str, at: int) -> tuple[str, int]:
    """Return a `[...]` from `at`: its translation and where it ends."""
    opening = "[^" if pattern.startswith("[^", at) else "["
    at += len(opening)
    items: list[str] = []
    while at < len(pattern) and (pattern[at] != "]" or not items):
        token = _TOKEN.match(pattern, at)
        assert token is not None
        at = token.end()
        items.append(_in_class(token))
    if at == len(pattern):
        raise re.error("unterminated character set", pattern)
    return opening + "".join(_hyphens_apart(items)) + "]", at + 1


def _in_class(token: re.Match[str]) -> str:
    if token["property"]:
        return _property(token)
    if token["vertical"]:
        return "\\n\\x0b\\f\\r\\x85\\u2028\\u2029"
    return "\\[" if token[0] == "[" else _character(token)


def _hyphens_apart(items: list[str]) -> list[str]:
    r"""Return a hyphen beside a class (`\w-.`) is itself in Java, and an error in Python."""
    wide = [item in _CLASS_ESCAPES or len(item) > 12 for item in items]
    for at in range(1, len(items) - 1):
        if items[at] == "-" and (wide[at - 1] or wide[at + 1]):
            items[at] = "\\-"
    return items


def _character(token: re.Match[str]) -> str:
    if token["hex"]:
        return f"\\U{int(token['digits'], 16):08x}"
    if token["pair"]:
        high, low = int(token[0][2:6], 16), int(token[0][8:12], 16)
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"
    text = token[0]
    if token["escape"] and len(text) == 2 and text[1].isalpha() and text[1] not in "wWdDsSbBAZafnrtv":
        return text[1]  # Java would refuse it; ECMAScript, in which some models are written, takes the letter
    return text


def _property(token: re.Match[str]) -> str:
    r"""Return the inside of a class for `\p{...}` or `\P{...}`."""
    name = token["named"] or token["letter"]
    negated = token["property"][1] == "P"
    if name in _POSIX and not negated:
        return _POSIX[name]
    return _ranges(name, negated)


@cache
def _ranges(name: str, negated: bool) -> str:
    wanted = _CATEGORIES.get(name, (name,))
    spans = [
        f"{_point(first)}-{_point(last)}"
        for category, first, last in _categories()
        if category.startswith(wanted) != negated
    ]
    if not spans:
        raise re.error(f"unknown property {name}")
    return "".join(spans)


def _point(number: int) -> str:
    """Return a character within a class. Python reads one that is written as itself faster than an escape."""
    return chr(number) if number > 0x7F else f"\\x{number:02x}"


# Most code points are in planes without characters or for private use. Not to look at them saves three quarters of the time.
_LOOKED_AT = (range(0x40000), range(0xE0000, 0xE1000))
_UNIFORM = (
    ("Cn", 0x40000, 0xDFFFF),
    ("Cn", 0xE1000, 0xEFFFF),
    ("Co", 0xF0000, 0xFFFFD),
    ("Cn", 0xFFFFE, 0xFFFFF),
    ("Co", 0x100000, 0x10FFFD),
    ("Cn", 0x10FFFE, 0x10FFFF),
)


@cache
def _categories() -> tuple[tuple[str, int, int], ...]:
    """Unicode as stretches of one general category each: (category, first, last)."""
    stretches = list(_UNIFORM)
    for points in _LOOKED_AT:
        first = points.start
        for category, alike in groupby(map(unicodedata.category, map(chr, points))):
            after = first + len(list(alike))
            stretches.append((category, first, after - 1))
            first = after
    return tuple(sorted(stretches, key=lambda stretch: stretch[1]))
