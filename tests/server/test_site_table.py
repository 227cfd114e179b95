"""Whose a request is: a site's, a bucket's in the host or the path, or an operation's."""

from __future__ import annotations

import pytest

from clary.plane.sites import Place
from clary.server.site_table import SiteTable
from clary.wire import Request

CONSOLE = Place("iam", "Console", (), "/_console")
REGISTRY = Place("ecr", "Registry", (), "/v2")
DEEP = Place("ecr", "Deep", (), "/v2/_catalog")
URLS = Place("lambda", "Url", ("{id}.lambda-url.{region}.on.aws", "{id}.lambda-url.{region}.{platform}"))
ONE = Place("lambda", "One", ("one.lambda-url.us-east-1.on.aws",))
MANAGE = Place("apigateway", "Manage", ("{api}.execute-api.{region}.{platform}",), "/_stage/connections")
SIGNED = Place("apigateway", "Signed", (), "/_api", ("execute-api",))
TABLE = SiteTable((CONSOLE, REGISTRY, DEEP, URLS, ONE, MANAGE, SIGNED), ("0.0.0.0", "Clary.test"))


def found(path: str, host: str = "localhost:4566", query: str = "", **headers: str) -> str | None:
    request = Request("GET", path, query, {"host": host, **headers})
    return site.place.name if (site := TABLE.find(request)) else None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v2", "Registry"),
        ("/v2/", "Registry"),
        ("/v2/a/manifests/x", "Registry"),
        ("/v2/_catalog", "Deep"),
        ("/v2/_catalogue", "Registry"),
        ("/v2x", None),
        ("/V2/", None),
        ("/%76%32/", None),
        ("//v2/", None),
        ("/bucket/../v2/", None),
        ("/bucket/v2/", None),
        ("/_console/../bucket", "Console"),  # whose handler never sees it
        ("/_console?x", None),
        ("/", None),
        ("", None),
        ("*", None),
    ],
)
def test_the_longest_path_of_whole_segments_wins(path: str, name: str | None) -> None:
    assert found(path) == name


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:4566",
        "localhost.",
        "localhost.:4566",
        "127.0.0.1:1",
        "[::1]:4566",
        "CLARY.test:4566",
    ],
)
def test_a_path_is_a_sites_on_the_platforms_own_names(host: str) -> None:
    assert found("/_console/", host) == "Console"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "bucket.localhost:4566",
        "rebound.example:4566",
        "s3.amazonaws.com",
        "b.s3.amazonaws.com",
        "127.0.0.1.evil",
    ],
)
def test_on_every_other_name_the_path_is_not_a_sites(host: str) -> None:
    """A bucket's host has keys `_console/x` of its own; a name that a page made point here is not the platform's."""
    assert found("/_console/", host) is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.lambda-url.us-east-1.on.aws", "Url"),
        ("A.LAMBDA-url.us-east-1.on.aws.:443", "Url"),
        ("a.lambda-url.us-east-1.localhost:4566", "Url"),  # before a bucket called a.lambda-url.us-east-1
        ("a.lambda-url.us-east-1.clary.test", "Url"),
        ("one.lambda-url.us-east-1.on.aws", "One"),
        ("a.b.lambda-url.us-east-1.localhost", None),
        ("lambda-url.us-east-1.localhost", None),
        ("a.execute-api.us-east-1.localhost", None),  # that site has one path only
    ],
)
def test_a_host_that_a_site_has_is_the_sites(host: str, name: str | None) -> None:
    assert found("/v2/any", host) == name


def test_a_hosts_labels_are_found() -> None:
    site = TABLE.find(Request("GET", "/", "", {"host": "Ab.Lambda-URL.eu-west-1.localhost.:80"}))
    assert site is not None
    assert site.labels == {"id": "ab", "region": "eu-west-1"}


def signed(path: str, service: str, host: str = "localhost:4566") -> str | None:
    credential = f"AKIA/20261121/us-east-1/{service}/aws4_request"
    told = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    headers = {"host": host, "x-amz-date": "20261121T041201Z", "authorization": told}
    request = Request("GET", path, "", headers)
    return site.place.name if (site := TABLE.find(request)) else None


def test_what_is_signed_for_the_api_is_the_apis() -> None:
    """API Gateway's own API has paths such as /v2/apis, and ECR's site /v2/."""
    assert signed("/v2/apis", "apigateway") is None
    assert signed("/_api/x", "s3") is None
    assert signed("/_api/x", "execute-api") == "Signed"
    assert found("/v2/apis", query="X-Amz-Credential=a&X-Amz-Signature=b") is None
    assert found("/v2/apis", query="%58-Amz-Signature=b") is None
    assert found("/v2/apis", authorization="AWS a:b") is None


def test_other_mechanisms_are_the_sites() -> None:
    assert found("/v2/", authorization="Basic QVdTOng=") == "Registry"
    assert found("/v2/", authorization="Bearer AWS4-HMAC-SHA256") == "Registry"
    assert found("/v2/", query="signature=1") == "Registry"


def test_on_its_own_host_a_site_gets_what_is_signed_as_well() -> None:
    assert signed("/x", "s3", "a.lambda-url.us-east-1.localhost") == "Url"


def test_two_sites_with_one_address_are_refused() -> None:
    with pytest.raises(ValueError, match="are one address"):
        SiteTable((REGISTRY, Place("iam", "Other", (), "/v2")), ())


def test_hosts_are_remembered_up_to_a_bound() -> None:
    table = SiteTable((CONSOLE,), ())
    for number in range(3000):
        table.find(Request("GET", "/", "", {"host": f"h{number}"}))
    assert len(table._here) <= 1024


def test_without_sites_nothing_is_looked_up() -> None:
    table = SiteTable((), ())
    assert table.find(Request("GET", "/", "", {"host": "x"})) is None
    assert table._here == {}
