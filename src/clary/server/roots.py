"""The root certificates that a client on this machine trusts: public ones, the machine's, and the user's.

A company's proxy signs with a root of its own, which the machine's store has and botocore's bundle does not.
Knows no CA of Clary's.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import botocore

# Variables in which users name the file, or the folder, that their clients trust.
_NAMED_BY = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
)
# Where distributions keep theirs: an interpreter that was not built for the distribution looks elsewhere. The
# list is that of Go's crypto/x509 (https://go.dev/src/crypto/x509/root_linux.go).
_USUAL = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s[^-]+-----END CERTIFICATE-----")
_LARGEST = 16 * 1024 * 1024  # bytes of a file; the stores of distributions have about 200 KB


def roots(environ: Mapping[str, str], without: str = "") -> str:
    """Return all of them as PEM, each once.

    Certificates that contain the text `without` are left out: a shell that uses one platform may start
    another.
    """
    found = dict.fromkeys(certificates([_public(), *places(environ)]))
    return "".join(
        ssl.DER_cert_to_PEM_cert(der) for der in found if not (without and without.encode() in der)
    )


def places(environ: Mapping[str, str]) -> list[Path]:
    """Return the files and folders of roots that the user and the machine have, whether they exist or not."""
    machine = ssl.get_default_verify_paths()
    named = [environ.get(name, "") for name in _NAMED_BY]
    folders = environ.get("SSL_CERT_DIR", "").split(os.pathsep)
    usual = [machine.openssl_cafile, machine.openssl_capath, *_USUAL]
    return [Path(word) for word in dict.fromkeys([*named, *folders, *usual]) if word]


def stamp_of(environ: Mapping[str, str]) -> str:
    """Return a stamp that changes when a file of roots does: reading all files takes a tenth of a second at
    every start."""
    digest = hashlib.sha256()
    for place in [_public(), *places(environ)]:
        for line in _stamps(str(place)):
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _stamps(place: str) -> Iterator[str]:
    """Yield a stamp of each file in a folder, or of a file. A machine has hundreds of these files, so that nothing
    of them is kept."""
    with suppress(OSError):
        names = sorted(os.listdir(place)) if os.path.isdir(place) else [""]
        for path in (os.path.join(place, name) if name else place for name in names):
            with suppress(OSError):
                info = os.stat(path)
                yield f"{path} {info.st_ino} {info.st_size} {info.st_mtime_ns}\n"


def certificates(places: list[Path]) -> Iterator[bytes]:
    """Yield every certificate in these files and folders, as DER. What cannot be read is ignored."""
    readable = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    files = dict.fromkeys(file.resolve() for place in places for file in _files(place))
    # Most certificates are on a machine twice, in a bundle and in a file of their own; checking one takes 0.1 ms.
    for block in dict.fromkeys(block for file in files for block in _BLOCK.findall(_text(file))):
        # Clients would reject the whole bundle for one block that is not a certificate.
        with suppress(ValueError, ssl.SSLError):
            der = ssl.PEM_cert_to_DER_cert(block)
            readable.load_verify_locations(cadata=der)
            yield der


def _files(place: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(place.iterdir()) if place.is_dir() else [place]
    return []


def _text(file: Path) -> str:
    with suppress(OSError):
        if file.is_file() and file.stat().st_size <= _LARGEST:
            return file.read_text(encoding="latin-1")
    return ""


def _public() -> Path:
    return Path(botocore.__file__).parent / "cacert.pem"
