"""Where a site can be, and how its paths are read."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.plane import Service
from clary.plane.sites import Place, Visit
from clary.plane.sites.place import host_pattern, segments_of
from clary.wire import Response


@pytest.mark.parametrize("path", ["/", "v2", "/v2/", "/a//b", "/a/../b", "/a%2Fb", "/a?b", "/é"])
def test_a_path_is_of_whole_segments(path: str) -> None:
    with pytest.raises(ValueError, match="whole segments"):
        Place("lambda", "X", ("x.on.aws",), path)


@pytest.mark.parametrize("path", ["", "/mlflow", "/mlflow/api", "/my.bucket", "/123", "/_clary/x"])
def test_without_a_host_no_path_may_be_a_buckets(path: str) -> None:
    """S3 User Guide, "Bucket naming rules": 3 to 63 of lower case, digits, dots and hyphens."""
    with pytest.raises(ValueError, match="bucket"):
        Place("lambda", "X", (), path)


@pytest.mark.parametrize("path", ["/v2", "/_console", "/_mlflow/api", "/Console", "/-x-"])
def test_what_no_bucket_is_called(path: str) -> None:
    assert Place("ecr", "X", (), path).covers(path + "/below")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "{a}",
        "{a}.{platform}",
        "{a+}.{platform}",
        "{a}.localhost",
        "localhost",
        "X.on.aws",
        "a b",
        "{a",
        "*.on.aws",
    ],
)
def test_hosts_that_would_take_all_or_mean_nothing(host: str) -> None:
    with pytest.raises(ValueError, match="host names"):
        Place("lambda", "X", (host,))


@pytest.mark.parametrize(
    ("pattern", "host", "labels"),
    [
        (
            "{id}.lambda-url.{region}.on.aws",
            "a1.lambda-url.eu-west-1.on.aws",
            {"id": "a1", "region": "eu-west-1"},
        ),
        ("{id}.lambda-url.{region}.on.aws", "a.b.lambda-url.eu-west-1.on.aws", None),
        ("{id}.lambda-url.{region}.on.aws", "a1.lambda-url.eu-west-1.on.aws.evil.example", None),
        ("{id}.lambda-url.{region}.on.aws", "a1xlambda-urlxeu-west-1xonxaws", None),
        (
            "{bucket+}.s3-website-{region}.amazonaws.com",
            "my.site.s3-website-us-east-1.amazonaws.com",
            {"bucket": "my.site", "region": "us-east-1"},
        ),
        (
            "{api}.execute-api.{region}.{platform}",
            "x.execute-api.us-east-1.clary.test",
            {"api": "x", "region": "us-east-1"},
        ),
        ("{api}.execute-api.{region}.{platform}", "x.execute-api.us-east-1.other.test", None),
    ],
)
def test_a_hosts_pattern(pattern: str, host: str, labels: dict[str, str] | None) -> None:
    found = host_pattern(pattern, ("localhost", "clary.test")).fullmatch(host)
    assert (found.groupdict() if found else None) == labels


def test_segments_are_decoded_one_by_one() -> None:
    assert segments_of("/a%2Fb/c+d/%E2%82%AC/") == ("a/b", "c+d", "€", "")
    for path in ("/a/..", "/%2e%2e", "/.", "/%ff", "/a%0d", "/\x7f"):
        with pytest.raises(AwsError) as caught:
            segments_of(path)
        assert (caught.value.code, caught.value.status) == ("BadRequestException", 400)


def test_a_site_says_who_may_visit_it() -> None:
    service = Service("lambda")

    async def verify(visit: Visit) -> None: ...

    for how in ({}, {"open": True, "verify": verify}):
        with pytest.raises(TypeError, match="open"):
            service.site(path="/_x", **how)  # type: ignore[arg-type]


def test_a_sites_name_is_its_own_within_its_service() -> None:
    service = Service("lambda")

    async def invoke(visit: Visit) -> Response: ...  # type: ignore[empty-body]
    async def page(visit: Visit) -> Response: ...  # type: ignore[empty-body]

    assert service.site(path="/_x", open=True)(page).place == Place("lambda", "Page", (), "/_x")
    for taken in (page, invoke):
        with pytest.raises(ValueError, match="already"):
            service.site(path="/_y", open=True)(taken)
