"""Responses that an attacker made out of a good one: nothing but what the identity provider signed may count.

The attacks are those of "On Breaking SAML: Be Whoever You Want to Be" (Somorovsky et al., USENIX Security 2012), comments in
names (CVE-2017-11427 and others), entities, and signatures of other keys and kinds.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import signxml
from lxml import etree

from tests.services.sts.federation.conftest import PROVIDER, ROLE, USUAL
from tests.support import saml
from tests.support.principals import Client, trust
from tests.support.refusals import refusal

INVALID = "InvalidIdentityToken"
ASSERTION, SIGNATURE, RESPONSE = f"{saml.SAML}Assertion", f"{saml.DS}Signature", f"{saml.SAMLP}Response"


@pytest.fixture
def assume(client: Client) -> Callable[[Any], Any]:
    iam = client("iam")
    iam.create_saml_provider(Name="Corp", SAMLMetadataDocument=saml.metadata())
    document = trust({"Federated": PROVIDER}, "sts:AssumeRoleWithSAML")
    iam.create_role(RoleName="analyst", AssumeRolePolicyDocument=document)
    sts = client("sts", key="", secret="")

    def call(root: Any) -> Any:
        return sts.assume_role_with_saml(
            RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=saml.encoded(root)
        )

    return call


def good(name: str = "bob") -> Any:
    return saml.with_signed_assertion(saml.response(USUAL, name=name))


def forged(root: Any) -> Any:
    """The assertion of a response, as somebody else's, without a signature."""
    evil = copy.deepcopy(root.find(ASSERTION))
    evil.remove(evil.find(SIGNATURE))
    evil.find(f".//{saml.SAML}NameID").text = "admin"
    return evil


def before(root: Any, evil: Any) -> Any:
    root.insert(0, evil)
    return root


def after(root: Any, evil: Any) -> Any:
    root.append(evil)
    return root


def around(root: Any, evil: Any) -> Any:
    """The forged one holds the good one."""
    original = root.find(ASSERTION)
    root.replace(original, evil)
    evil.append(original)
    return root


def in_extensions(root: Any, evil: Any) -> Any:
    original = root.find(ASSERTION)
    root.replace(original, evil)
    etree.SubElement(root, f"{saml.SAMLP}Extensions").append(original)
    return root


def in_its_signature(root: Any, evil: Any) -> Any:
    """The forged one has the good one's signature, in which the good one lies as an object."""
    original = root.find(ASSERTION)
    signature = original.find(SIGNATURE)
    root.replace(original, evil)
    original.remove(signature)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{saml.DS}Object").append(original)
    return root


def with_its_signature(root: Any, evil: Any) -> Any:
    """The forged one with the signature of the good one, which lies beside it in Status."""
    original = root.find(ASSERTION)
    evil.insert(1, copy.deepcopy(original.find(SIGNATURE)))
    root.replace(original, evil)
    root.find(f"{saml.SAMLP}Status").append(original)
    return root


@pytest.mark.parametrize("same_id", [True, False], ids=["same id", "other id"])
@pytest.mark.parametrize("wrap", [before, after, around, in_extensions, in_its_signature, with_its_signature])
def test_a_wrapped_assertion(assume: Any, wrap: Any, same_id: bool) -> None:
    root = good()
    evil = forged(root)
    if not same_id:
        evil.set("ID", "_other")
    assert refusal(lambda: assume(wrap(root, evil)))[0] == INVALID


def test_a_wrapped_response(assume: Any) -> None:
    """A forged response that holds the signed one, and its signature at the top."""
    signed = saml.sign(saml.response(USUAL))
    evil = copy.deepcopy(signed)
    signature = evil.find(SIGNATURE)
    evil.find(f".//{saml.SAML}NameID").text = "admin"
    assert refusal(lambda: assume(evil)) == (INVALID, "Response signature invalid")
    etree.SubElement(signature, f"{saml.DS}Object").append(signed)
    assert refusal(lambda: assume(evil))[0] == INVALID


@pytest.mark.parametrize("path", ["NameID", "AttributeValue", "Audience", "Issuer"])
def test_what_is_signed_cannot_be_changed(assume: Any, path: str) -> None:
    root = good()
    root.find(f".//{ASSERTION}").find(f".//{saml.SAML}{path}").text += "x"
    assert refusal(lambda: assume(root)) == (INVALID, "Response signature invalid")


def test_without_a_signature(assume: Any) -> None:
    assert refusal(lambda: assume(saml.response(USUAL))) == (INVALID, "Response signature invalid")
    root = good()
    root.find(ASSERTION).remove(root.find(ASSERTION).find(SIGNATURE))
    assert refusal(lambda: assume(root))[0] == INVALID


def test_a_signature_by_another_key(assume: Any) -> None:
    """The certificate in the signature is not what is believed."""
    other = saml.key_pair("attacker.example")
    root = saml.with_signed_assertion(saml.response(USUAL), other)
    assert refusal(lambda: assume(root)) == (INVALID, "Response signature invalid")


def test_a_signature_of_another_kind(assume: Any) -> None:
    """The public certificate as the secret of a symmetric signature."""
    root = saml.response(USUAL)
    place = root.find(ASSERTION)
    signer = signxml.XMLSigner(signature_algorithm="hmac-sha256")
    signed = signer.sign(
        place,
        key=saml.key_pair()[1],
        reference_uri=place.get("ID"),
        id_attribute="ID",
        always_add_key_value=False,
    )
    root.replace(place, signed)
    assert refusal(lambda: assume(root)) == (INVALID, "Response signature invalid")


def test_a_signature_of_a_part_only(assume: Any) -> None:
    """A signature in the assertion that covers its subject alone."""
    root = saml.response(USUAL)
    subject = root.find(f".//{saml.SAML}Subject")
    subject.set("ID", "_part")
    signed = saml.sign(copy.deepcopy(subject))
    signature = signed.find(SIGNATURE)
    signed.remove(signature)
    root.find(ASSERTION).insert(1, signature)
    assert refusal(lambda: assume(root)) == (INVALID, "Response signature invalid")


def test_a_comment_does_not_cut_a_name(assume: Any) -> None:
    """A comment is not signed; it must not make another name of the signed one."""
    root = good("admin.example.com")
    name = root.find(f".//{saml.SAML}NameID")
    name.text = "admin"
    comment = etree.Comment("x")
    comment.tail = ".example.com"
    name.append(comment)
    assert assume(root)["Subject"] == "admin.example.com"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"text",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b"<a>" * 5_000,
        b"<a " + b" ".join(b'xmlns:n%d="u"' % n for n in range(600)) + b"/>",
    ],
)
def test_what_is_no_response(assume: Any, document: bytes) -> None:
    assert refusal(lambda: assume(document or b"    "))[0] == INVALID


def test_encrypted_assertions_are_not_here(assume: Any) -> None:
    root = good()
    root.replace(root.find(ASSERTION), etree.Element(f"{saml.SAML}EncryptedAssertion"))
    assert refusal(lambda: assume(root))[0] == "NotImplemented"
