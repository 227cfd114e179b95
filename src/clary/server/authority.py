"""Our own certificate authority: a CA made once, a leaf for each host name that is asked for."""

from __future__ import annotations

import datetime
import ipaddress
import re
import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

import botocore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from clary.server.home import write_private

AWS_HOSTS = re.compile(
    r"(?:[a-z0-9_.-]+\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws|sagemaker\.aws|api\.amazonwebservices\.com\.cn)",
    re.I,
)
_YEARS = datetime.timedelta(days=3650)
_LEAF_DAYS = datetime.timedelta(days=397)


def is_aws_host(host: str) -> bool:
    """Whether a host name is one of AWS's own, which we answer ourselves."""
    return AWS_HOSTS.fullmatch(host) is not None


class Authority:
    """The CA of one home. `bundle` is what clients are to trust: our CA beside the public roots."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.certificate_path = folder / "ca.pem"
        self.bundle = folder / "bundle.pem"
        self._key_path = folder / "ca.key"
        if not (self._key_path.exists() and self.certificate_path.exists() and self.bundle.exists()):
            self._found()
        self._key = _load_key(self._key_path.read_bytes())
        self._certificate = x509.load_pem_x509_certificate(self.certificate_path.read_bytes())
        self._leaf = lru_cache(maxsize=256)(self._make_context)

    def server_context(self) -> ssl.SSLContext:
        """A TLS context that shows a leaf for whatever AWS host or local name the client asks for."""
        context = self._leaf("localhost")

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name and (is_aws_host(name) or name == "localhost" or name.endswith(".localhost")):
                connection.context = self._leaf(name)

        context.sni_callback = choose  # type: ignore[assignment]
        return context

    def _found(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Clary local CA")])
        certificate = (
            _builder(name, name, key, _YEARS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        write_private(self._key_path, _dump_key(key))
        write_private(self.certificate_path, pem)
        write_private(self.bundle, pem + _public_roots())

    def _make_context(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            names += [x509.DNSName("*.localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            names += [x509.IPAddress(ipaddress.ip_address("::1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
        leaf = (
            _builder(subject, self._certificate.subject, key, _LEAF_DAYS)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return _context_of(leaf.public_bytes(serialization.Encoding.PEM) + _dump_key(key))


def _context_of(pem: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The ssl module loads certificates from files only.
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _dump_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _public_roots() -> bytes:
    """The public roots that botocore ships: a bundle replaces them, and other hosts are to go on working."""
    return (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
