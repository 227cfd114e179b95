"""What an identity provider signed of a SAML response, and nothing else: the answer to signature wrapping.

`signxml` (with lxml) checks the signature against the certificates of the provider's metadata. Only the element that it
returns as signed is read further, so nothing that stands beside it in the document can be taken for it. It is an optional
dependency: the extra `saml`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

from cryptography import x509

from clary.kernel.errors import not_implemented
from clary.services.sts.federation import errors

_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
RESPONSE, ASSERTION = f"{_SAMLP}Response", f"{_SAML}Assertion"
_ENCRYPTED = f"{_SAML}EncryptedAssertion"
# Canonical XML takes time by elements and namespaces.
_MOST_BRACKETS = 10_000
_MOST_NAMESPACES = 500
_METHOD = re.compile(r"(RSA|ECDSA)_SHA(256|384|512)")
_BAD_SIGNATURE = "Response signature invalid"


def invalid_response() -> Exception:
    return errors.invalid("Your request included an invalid SAML response.")


def read(text: str) -> Any:
    """Return the root of a response (base64), as sent. Raise InvalidIdentityToken."""
    try:
        document = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise errors.invalid("Invalid base64 SAMLResponse") from None
    if document.count(b"<") > _MOST_BRACKETS or document.count(b"xmlns") > _MOST_NAMESPACES:
        raise invalid_response()
    # No document type, so no entities; without NUL no encoding can hide one.
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document or b"\0" in document:
        raise invalid_response()
    etree = _library("lxml.etree")
    try:
        root = etree.fromstring(document, _parser(etree))
    except (etree.XMLSyntaxError, ValueError):
        raise invalid_response() from None
    if root.tag != RESPONSE:
        raise invalid_response()
    return root


def signed_assertion(root: Any, certificates: Iterable[str]) -> Any:
    """Return the one assertion of a response, as the identity provider signed it.

    Either the response is signed or the assertion. Raise InvalidIdentityToken where neither is, where a signature is not of
    one of the certificates (base64 of DER), and for a response with several assertions.
    """
    if root.find(f".//{_ENCRYPTED}") is not None:
        raise not_implemented("sts", "AssumeRoleWithSAML with an encrypted assertion")
    everywhere = [*root.iter(ASSERTION)], [*root.iter(RESPONSE)]
    if len(root.findall(ASSERTION)) != 1 or [len(found) for found in everywhere] != [1, 1]:
        raise invalid_response()
    if root.find(f"{_DS}Signature") is not None:
        signed = _verified(root, certificates, RESPONSE)
        return _only(signed.findall(ASSERTION))
    assertion = root.find(ASSERTION)
    if assertion.find(f"{_DS}Signature") is None:
        raise errors.invalid(_BAD_SIGNATURE)
    return _verified(assertion, certificates, ASSERTION)


def _verified(element: Any, certificates: Iterable[str], tag: str) -> Any:
    """Return an element as its own signature covers it. Raise InvalidIdentityToken."""
    etree = _library("lxml.etree")
    document = etree.tostring(element, with_tail=False)
    for certificate in certificates:
        signed = _signed(document, certificate)
        if signed is not None and signed.tag == tag and signed.get("ID") == element.get("ID"):
            return signed
    raise errors.invalid(_BAD_SIGNATURE)


def _signed(document: bytes, certificate: str) -> Any:
    """Return what a signature at the top of a document covers, or None if this certificate's key did not make it."""
    signxml = _library("signxml")
    etree = _library("lxml.etree")
    trusted = x509.load_der_x509_certificate(base64.b64decode(certificate))
    methods = (method for method in signxml.SignatureMethod if _METHOD.fullmatch(method.name))
    expected = signxml.SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=frozenset(methods),
        ignore_ambiguous_key_info=True,  # the certificate of the metadata counts, whatever the signature says
        # "IAM doesn't evaluate the expiration of X.509 certificates in SAML metadata documents" (IAM User Guide).
        verification_time=trusted.not_valid_before_utc,
    )
    try:
        found = signxml.XMLVerifier().verify(
            document, x509_cert=trusted, id_attribute="ID", parser=_parser(etree), expect_config=expected
        )
        return found.signed_xml
    except (signxml.exceptions.SignXMLException, etree.LxmlError, ValueError, LookupError, TypeError):
        return None


def _only(found: list[Any]) -> Any:
    if len(found) != 1:
        raise invalid_response()
    return found[0]


def _parser(etree: Any) -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=False
    )


def _library(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise not_implemented(
            "sts", "AssumeRoleWithSAML without the extra `saml` (pip install 'clary[saml]')"
        ) from None
