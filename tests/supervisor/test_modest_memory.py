"""The bound on what a process maps while it reads what a stranger wrote."""

from __future__ import annotations

import mmap
import resource
import threading

import pytest

from clary_supervisor.limits import ModestMemory, mapped


def test_it_bounds_what_is_mapped_and_ends() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with ModestMemory(), pytest.raises(OSError, match="Cannot allocate memory"):
        mmap.mmap(-1, mapped() + (5 << 30), flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_process_that_maps_much_can_still_start_a_thread() -> None:
    """What cannot map a stack waits for its thread for ever."""
    with mmap.mmap(-1, 6 << 30, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ), ModestMemory():
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
