"""The QR code from which an authenticator application reads a seed."""

from __future__ import annotations

import io
from urllib.parse import quote

_PIXELS = 4  # of a module


def png(device: str, account: str, base32: str) -> bytes:
    """Return the image of `otpauth://totp/DEVICE@ACCOUNT?secret=BASE32` (API reference, VirtualMFADevice)."""
    import segno  # few platforms ever draw one

    uri = f"otpauth://totp/{quote(device, safe='')}@{account}?secret={base32}"
    out = io.BytesIO()
    segno.make_qr(uri, error="m").save(out, kind="png", scale=_PIXELS)
    return out.getvalue()
