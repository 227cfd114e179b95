"""A SAML identity provider: its metadata, and responses that it signs (SAML 2.0 Core, Metadata)."""

from __future__ import annotations

import base64
import datetime
import uuid
from functools import cache
from typing import Any

import signxml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
AWS = "https://aws.amazon.com/SAML/Attributes/"
ENTITY = "https://idp.example/saml"
_NAMESPACES = (
    'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
)


@cache
def key_pair(name: str = "idp.example", days: int = 365) -> tuple[bytes, bytes]:
    """A key and its certificate, as PEM. With negative `days` the certificate has expired."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(days=400),
        not_valid_after=now + datetime.timedelta(days=days),
    ).sign(key, hashes.SHA256())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()), certificate.public_bytes(pem)


def metadata(*certificates: bytes, entity: str = ENTITY, **attributes: str) -> str:
    """A metadata document with signing certificates (PEM)."""
    pems = certificates or (key_pair()[1],)
    bodies = ["".join(pem.decode().splitlines()[1:-1]) for pem in pems]
    keys = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for body in bodies
    )
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}"'
        f'{more}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        f'Location="{entity}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def moment(seconds: float = 0.0) -> str:
    """The time in so many seconds from now."""
    found = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def response(attributes: dict[str, Any], **said: Any) -> Any:
    """A response that is not signed. `said` replaces what it says otherwise; None leaves an attribute of XML out."""
    usual = {
        "issuer": ENTITY, "name": "ann", "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "recipient": "https://signin.aws.amazon.com/saml", "audience": "urn:amazon:webservices",
        "issued": moment(), "begins": moment(-60), "until": moment(300), "ends": moment(3600), "id": f"_{uuid.uuid4()}",
        "status": "urn:oasis:names:tc:SAML:2.0:status:Success", "extra": "",
    }  # fmt: skip
    s = {**usual, **said}
    listed = "".join(
        f'<saml:Attribute Name="{name}">'
        + "".join(f"<saml:AttributeValue>{one}</saml:AttributeValue>" for one in values)
        + "</saml:Attribute>"
        for name, values in ((n, v if isinstance(v, list) else [v]) for n, v in attributes.items())
    )
    ends = f' SessionNotOnOrAfter="{s["ends"]}"' if s["ends"] else ""
    return etree.fromstring(f"""<samlp:Response {_NAMESPACES} ID="_{uuid.uuid4()}" Version="2.0" IssueInstant="{s["issued"]}">
<saml:Issuer>{s["issuer"]}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{s["status"]}"/></samlp:Status>
<saml:Assertion ID="{s["id"]}" Version="2.0" IssueInstant="{s["issued"]}"><saml:Issuer>{s["issuer"]}</saml:Issuer>
<saml:Subject><saml:NameID Format="{s["format"]}">{s["name"]}</saml:NameID><saml:SubjectConfirmation
 Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{s["until"]}"
 Recipient="{s["recipient"]}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{s["begins"]}" NotOnOrAfter="{s["until"]}"><saml:AudienceRestriction>
<saml:Audience>{s["audience"]}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{s["issued"]}"{ends}/>
<saml:AttributeStatement>{listed}</saml:AttributeStatement>{s["extra"]}</saml:Assertion></samlp:Response>""")


def sign(element: Any, pair: tuple[bytes, bytes] | None = None, **options: Any) -> Any:
    """An element with its own signature in it (exclusive canonical XML, RSA with SHA-256)."""
    key, certificate = pair or key_pair()
    signer = signxml.XMLSigner(
        c14n_algorithm=signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0, **options
    )
    return signer.sign(element, key=key, cert=certificate, reference_uri=element.get("ID"), id_attribute="ID")


def with_signed_assertion(root: Any, pair: tuple[bytes, bytes] | None = None, **options: Any) -> Any:
    """A response whose assertion is signed, as most identity providers send it."""
    place = root.find(f"{SAML}Assertion")
    root.replace(place, sign(place, pair, **options))
    return root


def encoded(root: Any) -> str:
    return base64.b64encode(root if isinstance(root, bytes) else etree.tostring(root)).decode()
