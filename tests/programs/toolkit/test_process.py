"""What is remembered of a command's standard error."""

from __future__ import annotations

import tracemalloc

from clary_programs.toolkit.process import KEPT_CHARACTERS, Errors


def test_the_message_begins_at_the_error_however_the_stream_was_cut() -> None:
    errors = Errors()
    for byte in b"epoch 1\nTraceback (most recent call last):\nValueError: no\nbye":
        errors.feed(bytes([byte]))
    assert errors.message() == "ValueError: no\nbye"


def test_a_line_without_end_is_not_kept_whole() -> None:
    """A progress bar ends its lines with a carriage return, for as long as the training runs."""
    errors, block = Errors(), b" 50%|#####     | 5/10 [00:01<00:01]\r" * 2000
    tracemalloc.start()
    for _ in range(100):
        errors.feed(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(block)
    errors.feed(b"\nRuntimeError: out of patience\n")
    assert errors.message() == "RuntimeError: out of patience"
    assert len(errors.message()) <= KEPT_CHARACTERS
