"""Every operation of IAM and STS with inputs of any form, at a platform that has something of each kind: what is wrong with a
request is the client's fault, so nothing answers with a status of 5xx but what is not implemented (501).

A model that says what a name looks like does not keep anybody from sending another one, so clients do not validate here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import Shape
from hypothesis import event, given, settings
from hypothesis import strategies as st

from clary.plane import Platform
from clary.services.iam.passwords import hashing
from tests.conftest import ACCOUNT
from tests.security.fuzz.harness import EXAMPLES, FUZZING
from tests.support.certificates import issued
from tests.support.principals import allow, policy, trust

Client = Callable[..., Any]

_ARN = f"arn:aws:iam::{ACCOUNT}:"
_NAMES = (*("thing", "THING", "other", "", " ", "a/b", "ä", "\x00", "%", "*", "a" * 200, "..", "1", "true"),)
_ARNS = (
    *(_ARN + one for one in ("user/thing", "role/thing", "group/thing", "policy/thing", "mfa/thing")),
    *(_ARN + one for one in ("root", "policy/", "", "user/other", "instance-profile/thing")),
    *(
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:",
        "arn:aws:iam::1:role/",
        "arn:aws:sts::1:assumed-role/a/b",
    ),
)
_DOCUMENTS = (
    policy(allow("*")),
    trust({"AWS": f"{_ARN}root"}),
    "{}",
    "[]",
    "null",
    "1",
    '"a"',
    "{",
    '{"Statement":{}}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":1,"Resource":{}}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":[]}}]}',
    json.dumps({"Version": "2012-10-17", "Statement": [{"Principal": {"AWS": [[]]}}]}),
    "[" * 500,
)
_OTHER = (
    "000000",
    "99999999999999999999",
    "Active",
    "Inactive",
    "SSH",
    "PEM",
    "SERVICE_LEVEL",
    "v2Token",
    "/",
    "/a/",
    "//",
    "aws:x",
    "s3",
)
_VERSIONS = ("v1", "v2", "v1.a", "v99999999999", "v" + "9" * 30)
# What fits a member of this ending, so that more than its form is tried.
_FITTING = {
    "Arn": _ARNS,
    "Document": _DOCUMENTS,
    "VersionId": _VERSIONS,
    "Name": ("thing", "other"),
    "Path": ("/", "/a/"),
}
# What there is, by the ending of the member that names it.
_THERE = {
    "PolicyArn": f"{_ARN}policy/thing",
    "RoleArn": f"{_ARN}role/thing",
    "PermissionsBoundary": f"{_ARN}policy/thing",
    "SerialNumber": f"{_ARN}mfa/thing",
    "Name": "thing",
    "VersionId": "v1",
}
_TEXTS = st.one_of(st.sampled_from((*_NAMES, *_ARNS, *_DOCUMENTS, *_OTHER)), st.text(max_size=20))


def values(shape: Shape, name: str = "") -> st.SearchStrategy[Any]:
    """Return values of a shape's type, within its constraints or not."""
    if shape.type_name == "structure":
        members = {name: values(member, name) for name, member in shape.members.items()}
        required = {name: one for name, one in members.items() if name in shape.required_members}
        return st.fixed_dictionaries(
            required, optional={n: one for n, one in members.items() if n not in required}
        )
    if shape.type_name == "list":
        return st.lists(values(shape.member, name), max_size=3)
    if shape.type_name == "map":
        return st.dictionaries(_TEXTS, values(shape.value), max_size=2)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name in ("integer", "long"):
        return st.one_of(st.sampled_from((-1, 0, 1, 900, 3600, 43200, 10**12)), st.integers())
    fitting = next((texts for ending, texts in _FITTING.items() if name.endswith(ending)), ())
    there = next((text for ending, text in _THERE.items() if name.endswith(ending)), None)
    chosen = [st.sampled_from(fitting)] * bool(fitting) + [st.just(there)] * 2 * bool(there)
    return st.one_of(*chosen, _TEXTS)


@pytest.fixture
def clients(client: Client, clock: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return clients that do not validate, at an account that has one thing of each kind."""
    monkeypatch.setattr(hashing, "_N", 2)
    iam = client("iam")
    iam.create_user(UserName="thing")
    iam.create_group(GroupName="thing")
    iam.create_role(RoleName="thing", AssumeRolePolicyDocument=trust({"AWS": f"{_ARN}root"}))
    iam.create_policy(PolicyName="thing", PolicyDocument=policy(allow("s3:*")))
    iam.create_instance_profile(InstanceProfileName="thing")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="thing")
    iam.create_login_profile(UserName="thing", Password="Geheim-1")
    pair = issued("thing", clock.now())
    iam.upload_server_certificate(
        ServerCertificateName="thing", CertificateBody=pair.body, PrivateKey=pair.key
    )
    careless = Config(parameter_validation=False, retries={"max_attempts": 0, "mode": "standard"})
    return {service: client(service, config=careless) for service in ("iam", "sts")}


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_no_operation_fails_by_its_own_fault(
    service: str, clients: dict[str, Any], platform: Platform
) -> None:
    called = clients[service]
    model = called.meta.service_model

    answered = sorted(platform.services[service].actions)

    @settings(FUZZING, max_examples=4 * EXAMPLES)
    @given(st.sampled_from(answered), st.data())
    def withstands(operation: str, data: Any) -> None:
        shape = model.operation_model(operation).input_shape
        params = data.draw(values(shape)) if shape else {}
        status, said = _outcome(getattr(called, xform_name(operation)), params)
        event(f"{status}")
        assert status < 500 or status == 501, (operation, params, said)

    withstands()


def _outcome(call: Callable[..., Any], params: dict[str, Any]) -> tuple[int, Any]:
    """Return the HTTP status of a call, and its error."""
    try:
        call(**params)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
    return 200, None
