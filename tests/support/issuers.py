"""An OpenID Connect issuer on loopback, with a certificate of an authority of its own, and the tokens that it issues."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

_DISCOVERY = "/.well-known/openid-configuration"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int, size: int = 0) -> str:
    return encoded(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


@dataclass
class SigningKey:
    """A private key with its id. RSA signs by RS256, a curve by its own algorithm."""

    id: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def algorithm(self) -> str:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return "RS256"
        return {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}[self.private.curve.name]

    def public(self) -> dict[str, str]:
        """The key as a key set has it."""
        named = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if isinstance(self.private, rsa.RSAPrivateKey):
            numbers = self.private.public_key().public_numbers()
            return {**named, "kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
        point, size = self.private.public_key().public_numbers(), (self.private.key_size + 7) // 8
        curve = f"P-{self.private.key_size}"
        return {**named, "kty": "EC", "crv": curve, "x": _number(point.x, size), "y": _number(point.y, size)}

    def sign(self, text: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[self.private.key_size]
        size = (self.private.key_size + 7) // 8
        numbers = decode_dss_signature(self.private.sign(text, ec.ECDSA(digest)))
        return b"".join(number.to_bytes(size, "big") for number in numbers)


@cache
def rsa_key(id: str = "first", bits: int = 2048) -> SigningKey:
    return SigningKey(id, rsa.generate_private_key(public_exponent=65537, key_size=bits))


@cache
def curve_key(id: str, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> SigningKey:
    return SigningKey(id, ec.generate_private_key(curve()))


def signed(key: SigningKey, claims: dict[str, Any], **header: Any) -> str:
    """A token of these claims; members of the header may be replaced."""
    head = {"alg": key.algorithm, "typ": "JWT", "kid": key.id, **header}
    parts = [encoded(json.dumps(part).encode()) for part in (head, claims)]
    return ".".join([*parts, encoded(key.sign(".".join(parts).encode()))])


@dataclass
class Issuer:
    """What the server says; a test changes it. `asked` are the paths of the requests it got."""

    url: str
    thumbprint: str
    authority: Path
    keys: list[SigningKey] = field(default_factory=lambda: [rsa_key()])
    documents: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.url.removeprefix("https://")

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {"iss": self.url, "sub": "system:serviceaccount:ml:trainer", "aud": ["sts.amazonaws.com"]}
        return {**usual, "iat": now, "exp": now + 600, **more}

    def token(self, **more: Any) -> str:
        """A token with the usual claims, and these; None leaves one out."""
        claims = {name: value for name, value in self.claims(**more).items() if value is not None}
        return signed(self.keys[0], claims)

    def document(self, path: str) -> bytes | None:
        if path in self.documents:
            return self.documents[path]
        if path == _DISCOVERY:
            return json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"}).encode()
        if path == "/keys":
            return json.dumps({"keys": [key.public() for key in self.keys]}).encode()
        return None


@contextmanager
def issuer_on_loopback(folder: Path, host: str = "localhost") -> Iterator[Issuer]:
    """An issuer at a free port. `host` is the name in its certificate; the URL always says `localhost`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    chain, thumbprint, authority = _certificates(folder, host)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.issuer = Issuer(f"https://localhost:{server.server_address[1]}", thumbprint, authority)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.issuer  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        issuer: Issuer = self.server.issuer  # type: ignore[attr-defined]
        issuer.asked.append(self.path)
        body = issuer.document(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _certificates(folder: Path, host: str) -> tuple[Path, str, Path]:
    """A server's chain with its key in one file, the authority's thumbprint, and the authority's certificate."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Authority of a test", None, authority_key, None, authority_key)
    leaf = _certificate(host, host, key, root.subject, authority_key)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, form, serialization.NoEncryption())
    chain, authority = folder / "issuer.pem", folder / "authority.pem"
    chain.write_bytes(secret + leaf.public_bytes(pem) + root.public_bytes(pem))
    authority.write_bytes(root.public_bytes(pem))
    return chain, hashlib.sha1(root.public_bytes(serialization.Encoding.DER)).hexdigest(), authority


def _certificate(
    name: str,
    host: str | None,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name | None,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(
        issuer_name=issuer or subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(days=1),
        not_valid_after=now + datetime.timedelta(days=2),
    )
    if host is None:
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    else:
        names = [x509.DNSName(host), x509.IPAddress(ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(signer, hashes.SHA256())
