"""How the C library keeps freed memory. Knows no object.

Bodies of requests are buffers of 64 KiB to 1 MiB, which glibc gives back to the kernel as soon as they are free: each new one costs
page faults, which take longer than to read or decrypt what goes into it.
"""

from __future__ import annotations

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT = 32 << 20  # bytes that may stay free at the end of a heap
_LARGE = 4 << 20  # bytes from which a buffer is given back at once


def keep_freed() -> None:
    """Keep freed buffers for the next ones. Does nothing where the C library has no mallopt."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _LARGE)
