"""Clary's certificate authority: a CA that is created once, and a certificate for each requested host name."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from clary.kernel.sealed_files import bound_to, enclosed, secret_in, text_of
from clary.kernel.sealing import SealingKey
from clary.server.home import write_private
from clary.server.roots import roots, stamp_of

_NAME = "Clary local CA"
_KEY = "ca/ca.key"  # in the home
_AWS_DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "sagemaker.aws",
    "app.aws",
    "api.amazonwebservices.com.cn",
)
_AWS_HOST = re.compile(rf"(?:[a-z0-9_.-]+\.)?(?:{'|'.join(map(re.escape, _AWS_DOMAINS))})", re.I)


def is_aws_host(host: str) -> bool:
    """Return whether a host name is one of AWS's, which the platform answers itself."""
    return _AWS_HOST.fullmatch(host) is not None


class Authority:
    """The CA of one home. `bundle` is what clients should trust: this CA and all roots that this machine
    trusts.

    Its certificate is limited to AWS's domains, `localhost` and `host_names`: a client that trusts it for
    those does not trust it for other hosts, even if its key is stolen. A home keeps its CA. The bundle is
    rewritten when the roots of the machine or of the user have changed since the last start. `sealer` seals its
    private key; without it, the key lies in the clear.
    """

    def __init__(
        self, folder: Path, host_names: Collection[str] = (), sealer: SealingKey | None = None
    ) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.certificate_path = folder / "ca.pem"
        self.bundle = folder / "bundle.pem"
        self._key_path = folder / "ca.key"
        self._sealer = sealer
        self._names = ("localhost", *(name.lower() for name in host_names))
        if not (self._key_path.exists() and self.certificate_path.exists()):
            self._found()
        self._write_bundle()
        self._leaf = lru_cache(maxsize=256)(self._make_context)

    def server_context(self) -> ssl.SSLContext:
        """Return a TLS context that presents a certificate for the AWS host or local name that the client
        asks for.

        Clients that name no host get that of localhost. A certificate is created when it is first needed.
        """
        context = _context()

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            known = name and (is_aws_host(name) or self._is_own(name.lower()))
            connection.context = self._leaf(name if name and known else "localhost")

        context.sni_callback = choose  # type: ignore[assignment]
        return context

    def _is_own(self, name: str) -> bool:
        return any(name == own or name.endswith(f".{own}") for own in self._names)

    def _found(self) -> None:
        from clary.server.certificates import make_ca

        certificate, key = make_ca(_NAME, (*_AWS_DOMAINS, *self._names))
        write_private(self._key_path, self._sealed(key))
        write_private(self.certificate_path, certificate)

    def _sealed(self, key: bytes) -> bytes:
        """Return what to write of the private key."""
        if self._sealer is None:
            return key
        return text_of(enclosed(self._sealer, key, bound_to(_KEY))).encode()

    def _private_key(self) -> bytes:
        content = self._key_path.read_bytes()
        return content if self._sealer is None else secret_in(self._sealer, content, _KEY)

    def _write_bundle(self) -> None:
        """Write the bundle unless it is up to date, which it is if no file of roots has changed."""
        stamp = self.bundle.with_suffix(".stamp")
        if stamp.exists() and stamp.read_text() == self._stamp():
            return
        self._write_roots()
        write_private(stamp, self._stamp())

    def _stamp(self) -> str:
        """Return a stamp that also covers the bundle, which somebody may have altered."""
        own = (self.certificate_path, self.bundle)
        seen = [
            f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in own if file.exists()
        ]
        return "\n".join([*seen, stamp_of(os.environ)])

    def _write_roots(self) -> None:
        wanted = self.certificate_path.read_bytes() + roots(os.environ, without=_NAME).encode()
        if not (self.bundle.exists() and self.bundle.read_bytes() == wanted):
            write_private(self.bundle, wanted)

    def _make_context(self, host: str) -> ssl.SSLContext:
        import tempfile

        from clary.server.certificates import make_leaf

        leaf = make_leaf(host, self.certificate_path.read_bytes(), self._private_key())
        context = _context()
        # The ssl module loads certificates from files only.
        with tempfile.NamedTemporaryFile() as file:
            file.write(leaf)
            file.flush()
            context.load_cert_chain(file.name)
        return context


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
