"""Query requests that clients do not sign: the table is what botocore's models say (`authtype: none`)."""

from __future__ import annotations

import botocore.session

from clary.services import registry
from clary.wire import Request
from clary.wire.unsigned import LARGEST, SERVICES, may_be, service_of

FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_table_is_the_models() -> None:
    loader = botocore.session.Session().get_component("data_loader")
    found = {}
    for name in registry():
        model = loader.load_service_model(name, "service-2")
        if model["metadata"]["protocol"] in ("query", "ec2"):
            unsigned = [one for one, said in model["operations"].items() if said.get("authtype") == "none"]
            found |= dict.fromkeys(unsigned, name)
    assert found == SERVICES


def test_what_is_looked_into() -> None:
    assert may_be(Request("POST", "/", "", FORM, b"Action=AssumeRoleWithSAML"))
    assert may_be(Request("GET", "/", "Action=AssumeRoleWithSAML", {}, b""))
    for more in ({"content-length": str(LARGEST + 1)}, {"content-encoding": "gzip"}, {"x-amz-target": "A.B"}):
        assert not may_be(Request("POST", "/", "", {**FORM, **more}, b""))
    assert not may_be(Request("GET", "/bucket", "Action=AssumeRoleWithSAML", {}, b""))


def test_the_first_action_counts() -> None:
    both = b"Action=GetCallerIdentity&Action=AssumeRoleWithSAML"
    assert service_of(Request("POST", "/", "", FORM, both)) is None
    assert service_of(Request("POST", "/", "Action=AssumeRoleWithSAML", FORM, b"Action=x")) == "sts"
    assert service_of(Request("POST", "/", "", FORM, b"a=Action=AssumeRoleWithSAML")) is None
