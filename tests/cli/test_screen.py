"""What reaches a terminal and what a file."""

from __future__ import annotations

import io

import pytest

from clary.cli.screen import Screen


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_neither_colours_nor_lines_that_are_written_over() -> None:
    stream = io.StringIO()
    screen = Screen(stream)
    screen.over("moving")
    screen.line(screen.paint("done", "green"))
    assert stream.getvalue() == "done\n"


def test_a_terminal_gets_both_and_the_lasting_line_wipes_the_moving_one() -> None:
    stream = _Terminal()
    screen = Screen(stream)
    screen.over("moving")
    screen.line(screen.paint("done", "green"))
    assert stream.getvalue() == "\r\033[Kmoving\r\033[K\033[32mdone\033[0m\n"


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert Screen(_Terminal()).paint("x", "red") == "x"


@pytest.mark.parametrize(("done", "full"), [(0, 0), (5, 12), (10, 24), (11, 24)])
def test_a_bar_never_overflows(done: int, full: int) -> None:
    bar = Screen(io.StringIO()).bar(done, 10)
    assert bar.count("█") == full
    assert len(bar) == 24


def test_columns_are_lined_up() -> None:
    stream = io.StringIO()
    Screen(stream).table([("a", "1"), ("long", "22")])
    assert stream.getvalue() == "  a     1\n  long  22\n"
