"""IAM's passwords, MFA devices, certificates, reports, and what an account has once. iam.py has the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.conftest import ACCOUNT
from tests.security.matrix.callers import document
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World
from tests.support.authenticator import Authenticator
from tests.support.certificates import issued

Make = Callable[[World], Params]
_PASSWORD = "Matrix-1-matrix"
_TAGS = [{"Key": "note", "Value": MARKER}]
_OPEN_TAGS = {"Tags": [{"Key": "a", "Value": "b"}]}
_KEYS = {"TagKeys": ["note"]}
_MISSING, _OWN = Outcome.MISSING, Outcome.OWN


def plus(make: Make, **more: Any) -> Make:
    return lambda w: {**make(w), **more}


def only(make: Make, *names: str) -> Make:
    """Some members of what is made."""
    return lambda w: {name: value for name, value in make(w).items() if name in names}


def shared(name: str, make: Make) -> Make:
    """One for all cases that take nothing away from it."""
    return lambda w: w.once(name, make)


def user(w: World) -> Params:
    name = w.fresh("user")
    w.client("iam").create_user(UserName=name)
    return {"UserName": name}


# passwords ------------------------------------------------------------------------------------------------------


def login(w: World) -> Params:
    names = user(w)
    w.client("iam").create_login_profile(**names, Password=_PASSWORD)
    return names


def own_password(w: World) -> Params:
    """The owner's own password, as it was before any change."""
    iam = w.client("iam")
    try:
        iam.create_login_profile(UserName="owner", Password=_PASSWORD)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_login_profile(UserName="owner", Password=_PASSWORD)
    return {"OldPassword": _PASSWORD, "NewPassword": "Matrix-2-matrix"}


def password_policy(w: World) -> Params:
    w.client("iam").update_account_password_policy(MinimumPasswordLength=7)
    return {}


def alias(w: World) -> Params:
    named = {"AccountAlias": w.fresh("alias")}
    w.client("iam").create_account_alias(**named)
    return named


# MFA devices ----------------------------------------------------------------------------------------------------


def device(w: World) -> Params:
    iam, name = w.client("iam"), w.fresh("device")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Tags=_TAGS)
    return {"SerialNumber": made["VirtualMFADevice"]["SerialNumber"]}


def with_codes(w: World) -> Params:
    """A user, a device of nobody, and two codes of it."""
    phone = Authenticator(w.client("iam"), w.fresh("device"), w.clock)
    return {**user(w), "SerialNumber": phone.serial, **phone.codes()}


def assigned(w: World) -> Params:
    """A user with its device, and the next two codes of it."""
    phone = Authenticator(w.client("iam"), w.fresh("device"), w.clock)
    named = {**user(w), "SerialNumber": phone.serial}
    w.client("iam").enable_mfa_device(**named, **phone.codes())
    phone.ahead = 60.0
    return {**named, **phone.codes()}


# certificates ---------------------------------------------------------------------------------------------------


def pair(w: World) -> tuple[str, str]:
    """A certificate that signs itself, and its private key."""
    made = issued(w.fresh("certificate"), w.clock.now())
    return made.body, made.key


def new_server_certificate(w: World) -> Params:
    body, key = pair(w)
    return {"ServerCertificateName": w.fresh("certificate"), "CertificateBody": body, "PrivateKey": key}


def server_certificate(w: World) -> Params:
    given = new_server_certificate(w)
    w.client("iam").upload_server_certificate(**given, Tags=_TAGS)
    return {"ServerCertificateName": given["ServerCertificateName"]}


def signing(w: World) -> Params:
    names = user(w)
    made = w.client("iam").upload_signing_certificate(**names, CertificateBody=pair(w)[0])
    return {**names, "CertificateId": made["Certificate"]["CertificateId"]}


def new_ssh_key(w: World) -> Params:
    return {**user(w), "SSHPublicKeyBody": w.once("ssh", _ssh_body)}


def _ssh_body(w: World) -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    form = serialization.PublicFormat.OpenSSH
    return key.public_bytes(serialization.Encoding.OpenSSH, form).decode()


def ssh_key(w: World) -> Params:
    given = new_ssh_key(w)
    made = w.client("iam").upload_ssh_public_key(**given)["SSHPublicKey"]
    return {"UserName": given["UserName"], "SSHPublicKeyId": made["SSHPublicKeyId"]}


# reports --------------------------------------------------------------------------------------------------------


def key(w: World) -> Params:
    names = user(w)
    return {"AccessKeyId": w.client("iam").create_access_key(**names)["AccessKey"]["AccessKeyId"]}


def of_a_user(w: World) -> Params:
    """The ARN of a user with a policy."""
    names = user(w)
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    w.client("iam").put_user_policy(**names, PolicyName=MARKER, PolicyDocument=document(statement))
    return {"Arn": f"arn:aws:iam::{ACCOUNT}:user/{names['UserName']}"}


def report(w: World) -> Params:
    return {"JobId": w.client("iam").generate_service_last_accessed_details(**of_a_user(w))["JobId"]}


def credential_report(w: World) -> Params:
    """A report of the owner's account, and of each stranger's."""
    for caller in (w.owner, *w.outsiders):
        if caller is w.owner or caller.is_stranger:
            w.client("iam", caller).generate_credential_report()
    return {}


_names = only(assigned, "UserName", "SerialNumber")

CASES = {
    "ChangePassword": Case(own_password, _MISSING),
    "CreateAccountAlias": Case(lambda w: {"AccountAlias": w.fresh("alias")}, Outcome.OPEN),
    "CreateLoginProfile": Case(plus(user, Password=_PASSWORD), _MISSING),
    "CreateVirtualMFADevice": Case(lambda w: {"VirtualMFADeviceName": w.fresh("device")}, _OWN),
    "DeactivateMFADevice": Case(_names, _MISSING),
    "DeleteAccountAlias": Case(alias, _MISSING),
    "DeleteAccountPasswordPolicy": Case(password_policy, _MISSING),
    "DeleteLoginProfile": Case(login, _MISSING),
    "DeleteSSHPublicKey": Case(ssh_key, _MISSING),
    "DeleteServerCertificate": Case(server_certificate, _MISSING),
    "DeleteSigningCertificate": Case(signing, _MISSING),
    "DeleteVirtualMFADevice": Case(device, _MISSING),
    "EnableMFADevice": Case(with_codes, _MISSING),
    "GenerateCredentialReport": Case(lambda w: {}, _OWN),
    "GenerateServiceLastAccessedDetails": Case(shared("with policy", of_a_user), _MISSING),
    "GetAccessKeyLastUsed": Case(shared("key of a user", key), _MISSING),
    "GetAccountPasswordPolicy": Case(password_policy, _MISSING),
    "GetCredentialReport": Case(credential_report, _OWN),
    "GetLoginProfile": Case(shared("login", login), _MISSING),
    "GetMFADevice": Case(only(shared("assigned", assigned), "SerialNumber"), _MISSING),
    "GetSSHPublicKey": Case(plus(shared("ssh key", ssh_key), Encoding="SSH"), _MISSING),
    "GetServerCertificate": Case(shared("server certificate", server_certificate), _MISSING),
    "GetServiceLastAccessedDetails": Case(shared("report", report), _MISSING),
    "GetServiceLastAccessedDetailsWithEntities": Case(
        plus(shared("report", report), ServiceNamespace="iam"), _MISSING
    ),
    "ListAccountAliases": Case(lambda w: {}, _OWN),
    "ListMFADeviceTags": Case(shared("device", device), _MISSING),
    "ListMFADevices": Case(only(shared("assigned", assigned), "UserName"), _MISSING),
    "ListPoliciesGrantingServiceAccess": Case(
        plus(shared("with policy", of_a_user), ServiceNamespaces=["iam"]), _MISSING
    ),
    "ListSSHPublicKeys": Case(only(shared("ssh key", ssh_key), "UserName"), _MISSING),
    "ListServerCertificateTags": Case(shared("server certificate", server_certificate), _MISSING),
    "ListServerCertificates": Case(lambda w: {}, _OWN),
    "ListSigningCertificates": Case(only(shared("signing", signing), "UserName"), _MISSING),
    "ListVirtualMFADevices": Case(lambda w: {}, _OWN),
    "ResyncMFADevice": Case(assigned, _MISSING),
    "SetSecurityTokenServicePreferences": Case(lambda w: {"GlobalEndpointTokenVersion": "v2Token"}, _OWN),
    "TagMFADevice": Case(plus(shared("device", device), **_OPEN_TAGS), _MISSING),
    "TagServerCertificate": Case(
        plus(shared("server certificate", server_certificate), **_OPEN_TAGS), _MISSING
    ),
    "UntagMFADevice": Case(plus(device, **_KEYS), _MISSING),
    "UntagServerCertificate": Case(plus(server_certificate, **_KEYS), _MISSING),
    "UpdateAccountPasswordPolicy": Case(lambda w: {"MinimumPasswordLength": 8}, _OWN),
    "UpdateLoginProfile": Case(plus(login, Password=_PASSWORD), _MISSING),
    "UpdateSSHPublicKey": Case(plus(ssh_key, Status="Inactive"), _MISSING),
    "UpdateServerCertificate": Case(plus(server_certificate, NewPath="/new/"), _MISSING),
    "UpdateSigningCertificate": Case(plus(signing, Status="Inactive"), _MISSING),
    "UploadSSHPublicKey": Case(new_ssh_key, _MISSING),
    "UploadServerCertificate": Case(new_server_certificate, _OWN),
    "UploadSigningCertificate": Case(lambda w: {**user(w), "CertificateBody": pair(w)[0]}, _MISSING),
}
