"""Forms of the Query protocol that cannot be read, and the corners of those that can."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from clary.kernel import AwsError
from clary.wire import Request
from tests.wire.parsing import parsed, signed


def query_request(service: str, body: str) -> Request:
    form = signed(service, content_type="application/x-www-form-urlencoded")
    return Request("POST", "/", "", form, body.encode())


def test_lists_maps_and_structures_in_a_form() -> None:
    found = parsed(
        query_request(
            "iam",
            "Action=CreateRole&Version=2010-05-08&RoleName=r+1&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600"
            "&Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.10.Key=c",
        )
    )
    assert found == {
        "RoleName": "r 1",
        "AssumeRolePolicyDocument": "{}",
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}, {"Key": "c"}],
    }


def test_parameters_may_be_in_the_query_string() -> None:
    request = Request("GET", "/", "Action=GetUser&Version=2010-05-08&UserName=u", signed("iam"))
    assert parsed(request) == {"UserName": "u"}


@pytest.mark.parametrize(
    "form",
    [
        "Action=CreateRole&Version=2010-05-08&MaxSessionDuration=long",
        "Action=CreateRole&Version=2010-05-08&MaxSessionDuration=36_00",
        "Action=CreateRole&Version=2010-05-08&MaxSessionDuration=2147483648",
        "Action=CreateRole&Version=2010-05-08&RoleName.a=b",
        "Action=CreateRole&Version=2010-05-08&" + ".".join("a" * 500) + "=b",
    ],
)
def test_a_form_that_is_refused(form: str) -> None:
    with pytest.raises(AwsError) as caught:
        parsed(query_request("iam", form))
    assert caught.value.code in ("MalformedInput", "MalformedQueryString")


@pytest.mark.parametrize("place", ["9" * 5000, "-1", "x", "٣"])
def test_what_is_no_place_in_a_list_is_passed_over(place: str) -> None:
    form = f"Action=CreateRole&Version=2010-05-08&Tags.member.{quote(place)}.Key=a&Tags.member.7.Key=b"
    assert parsed(query_request("iam", form)) == {"Tags": [{"Key": "b"}]}


@pytest.mark.parametrize("value", ["1_0", "inf", "nan", "infinity", "1e", "."])
def test_a_float_that_is_none(value: str) -> None:
    form = f"Action=PutMetricData&Version=2010-08-01&MetricData.member.1.Value={value}"
    with pytest.raises(AwsError, match="MalformedInput"):
        parsed(query_request("monitoring", form))
