"""Java's patterns in Python."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.services import load_services
from clary.wire import patterns
from clary.wire.patterns import LINEAR, compile_pattern
from clary.wire.source import description

# Patterns that have no meaning in Python, with the reason.
UNTRANSLATABLE = {
    r"^arn:\S+:rbin:[a-z\-0-9]{0,63}:[0-9]{12}:rule/[0-9a-zA-Z]{11}{0,1011}$": "a repetition of a repetition",
}


@pytest.mark.slow
def test_every_pattern_of_every_service_compiles() -> None:
    data = Path(botocore.__file__).parent / "data"
    broken, count = [], 0
    for folder in data.iterdir():
        if not folder.is_dir():
            continue
        for shape in description(folder.name)["shapes"].values():
            if "pattern" in shape and shape["pattern"] not in UNTRANSLATABLE:
                count += 1
                try:
                    compile_pattern(shape["pattern"])
                except re.error as error:
                    broken.append((folder.name, shape["pattern"], str(error)))
    assert not broken
    assert count > 4000


@pytest.mark.parametrize("pattern", UNTRANSLATABLE)
def test_the_exceptions_are_still_exceptions(pattern: str) -> None:
    with pytest.raises(re.error):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", ["name 1", "Größe", "漢字"], ["a*b", "a\nb"]),
        (r"\P{C}*", ["text", "é"], ["a\x00b"]),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", ["a😀\n"], ["\x01"]),
        (r"[\w-.]+", ["a-b.c"], ["a b"]),
        (r"\A[a-z]+\z", ["abc"], ["abc\n"]),
        (r"^(?i)(true|false)$", ["TRUE", "false"], ["yes"]),
        (r"\w+", ["abc_1"], ["é"]),  # ASCII only, as in Java
        (r"\d{12}", ["123456789012"], ["١" * 12]),
        (r"[\p{Alnum}\-]+", ["aB-9"], ["é"]),
        (r"a\x{0041}", ["aA"], ["a"]),
        (r"[\\S\[]+", ["\\S["], ["x"]),
    ],
)
def test_what_a_pattern_means(pattern: str, fits: list[str], fails: list[str]) -> None:
    compiled = compile_pattern(pattern)
    assert all(compiled.fullmatch(text) for text in fits)
    assert not any(compiled.fullmatch(text) for text in fails)


@pytest.mark.parametrize(("slow", "linear"), LINEAR)
@given(st.text(alphabet="a1-.*/ \t:+!\n", max_size=12))
def test_a_linear_pattern_means_what_the_slow_one_does(slow: str, linear: str, text: str) -> None:
    assert bool(re.fullmatch(slow, text, re.ASCII)) == bool(re.fullmatch(linear, text, re.ASCII))


@pytest.mark.parametrize(("slow", "_"), LINEAR)
@pytest.mark.parametrize("text", ["a" * 5000 + "!", " " * 5000 + "\n", "a-" * 5000 + "!", "." * 5000 + "\n"])
@pytest.mark.timeout(5)
def test_a_value_cannot_make_a_pattern_run_for_ever(slow: str, _: str, text: str) -> None:
    compile_pattern(slow).fullmatch(text)


def test_every_character_has_the_category_that_unicode_gives_it() -> None:
    """Not every code point is looked at: this test does it."""
    end = -1
    for category, first, last in patterns._categories():
        assert first == end + 1
        assert {unicodedata.category(chr(point)) for point in range(first, last + 1)} == {category}
        end = last
    assert end == 0x10FFFF


def test_loading_a_service_reads_unicodes_categories_where_its_patterns_need_them() -> None:
    """It happens beside the event loop, and not within the first request that is checked."""
    patterns._categories.cache_clear()
    patterns.get_ready(["[a-z]+", r"\d"])
    assert patterns._categories.cache_info().misses == 0
    load_services("iam")
    assert patterns._categories.cache_info().misses == 1
