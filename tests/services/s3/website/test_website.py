"""Websites in buckets. Oracle: "Website endpoints" and "Configuring an index document"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html, .../IndexDocumentSupport.html), "(Optional) Configuring
a webpage redirect", and recorded answers of AWS (`test_website_hosting_404`, `test_website_hosting_no_such_website`,
`test_crud_website_configuration`)."""

from __future__ import annotations

import pytest

HOST = "s3-website.us-east-1.localhost:4566"
INDEX = {"IndexDocument": {"Suffix": "index.html"}}


@pytest.fixture
def visit(app, bucket):
    def get(path, bucket=bucket, method="GET", headers=None):
        status, said, body = app.request(method, f"http://{bucket}.{HOST}{path}", headers or {})
        return status, {name.lower(): value for name, value in said}, bytes(body).decode()

    return get


@pytest.fixture
def put(s3, with_acls):
    return lambda key, body="", **more: s3.put_object(
        Bucket=with_acls, Key=key, Body=body.encode(), ACL="public-read", ContentType="text/html", **more
    )


@pytest.fixture
def configure(s3, bucket):
    return lambda **more: s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={**INDEX, **more})


def test_a_configuration(s3, bucket, refused):
    with refused("NoSuchWebsiteConfiguration", 404):
        s3.get_bucket_website(Bucket=bucket)
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=INDEX)
    assert s3.get_bucket_website(Bucket=bucket)["IndexDocument"] == {"Suffix": "index.html"}
    for _ in range(2):
        s3.delete_bucket_website(Bucket=bucket)
    with refused("NoSuchWebsiteConfiguration", 404):
        s3.get_bucket_website(Bucket=bucket)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument"),
        ({"RedirectAllRequestsTo": {"HostName": "h"}, **INDEX}, "InvalidArgument"),
        ({**INDEX, "RoutingRules": [{"Redirect": {"HttpRedirectCode": "300"}}]}, "InvalidRequest"),
        (
            {**INDEX, "RoutingRules": [{"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}]},
            "InvalidRequest",
        ),
        (
            {
                **INDEX,
                "RoutingRules": [
                    {"Condition": {"HttpErrorCodeReturnedEquals": "200"}, "Redirect": {"HostName": "h"}}
                ],
            },
            "InvalidRequest",
        ),
        ({**INDEX, "RoutingRules": [{"Redirect": {"HostName": "h"}}] * 51}, "MalformedXML"),
    ],
)
def test_what_is_no_configuration(s3, bucket, refused, wanted, code):
    with refused(code, 400):
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=wanted)


def test_pages(put, configure, visit):
    configure()
    put("index.html", "home")
    put("docs/index.html", "docs", Metadata={"note": "n"})
    put("a b.html", "page")
    assert visit("/")[2] == "home"
    status, headers, body = visit("/docs/")
    assert (status, body, headers["content-type"], headers["x-amz-meta-note"]) == (
        200,
        "docs",
        "text/html",
        "n",
    )
    assert visit("/a%20b.html")[2] == "page"
    status, headers, _ = visit("/docs")
    assert (status, headers["location"]) == (302, "/docs/")
    assert visit("/", headers={"if-none-match": visit("/")[1]["etag"]})[0] == 304
    assert visit("/", method="HEAD")[0] == 200
    assert visit("/", method="PUT")[0] == 405


def test_what_is_not_public_is_not_shown(s3, put, with_acls, configure, visit):
    configure()
    s3.put_object(Bucket=with_acls, Key="index.html", Body=b"secret")
    status, _, body = visit("/")
    assert (status, "Code: AccessDenied" in body, "secret" in body) == (403, True, False)


def test_pages_of_errors(s3, with_acls, put, configure, visit):
    s3.put_bucket_acl(Bucket=with_acls, ACL="public-read")  # who may list is told that something is missing
    configure()
    status, headers, body = visit("/")
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert body.startswith(
        "<html>\n<head><title>404 Not Found</title></head>\n<body>\n<h1>404 Not Found</h1>\n<ul>\n"
    )
    assert (
        "<li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>\n<li>Key: index.html</li>"
        in body
    )
    configure(ErrorDocument={"Key": "error.html"})
    _, _, body = visit("/<x>")
    assert "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>" in body
    assert "<x>" not in body
    put("error.html", "sorry")
    assert visit("/nothing")[::2] == (404, "sorry")


def test_no_website_and_no_bucket(visit, bucket):
    status, _, body = visit("/")
    assert (status, "<li>Code: NoSuchWebsiteConfiguration</li>" in body) == (404, True)
    status, _, body = visit("/", bucket="no-such-bucket")
    assert (status, "<li>Code: NoSuchBucket</li>" in body) == (404, True)


def test_redirects(s3, with_acls, put, configure, visit):
    s3.put_bucket_acl(Bucket=with_acls, ACL="public-read")
    configure(
        RoutingRules=[
            {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
            {
                "Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "img/"},
                "Redirect": {"HostName": "cdn.example", "Protocol": "https", "HttpRedirectCode": "307"},
            },
        ]
    )
    put("there", "moved", WebsiteRedirectLocation="/elsewhere")
    assert visit("/old/a")[:2] == (301, visit("/old/a")[1])
    assert visit("/old/a")[1]["location"] == f"http://{with_acls}.{HOST}/new/a"
    status, headers, _ = visit("/img/a.png")
    assert (status, headers["location"]) == (307, "https://cdn.example/img/a.png")
    assert visit("/there")[1]["location"] == "/elsewhere"
    everything = {"RedirectAllRequestsTo": {"HostName": "new.example", "Protocol": "https"}}
    s3.put_bucket_website(Bucket=with_acls, WebsiteConfiguration=everything)
    status, headers, _ = visit("/a/b")
    assert (status, headers["location"]) == (301, "https://new.example/a/b")


def test_ranges_and_dates(put, configure, visit):
    # "Amazon S3 website endpoints" answer GET and HEAD "as a web server": RFC 9110, 13.1.3, 13.1.4 and 14.2
    configure()
    put("page.html", "0123456789")
    status, headers, body = visit("/page.html", headers={"range": "bytes=2-4"})
    assert (status, headers["content-range"], body) == (206, "bytes 2-4/10", "234")
    changed = visit("/page.html")[1]["last-modified"]
    status, headers, body = visit("/page.html", headers={"if-modified-since": changed})
    assert (status, body) == (304, "")
    assert headers["etag"] == visit("/page.html")[1]["etag"]
    assert visit("/page.html", headers={"if-modified-since": "yesterday"})[0] == 200
    assert visit("/page.html", headers={"if-unmodified-since": "Thu, 01 Jan 1970 00:00:01 GMT"})[0] == 412


def test_a_host_with_a_line_break_does_not_end_the_header(s3, bucket, visit):
    everything = {"RedirectAllRequestsTo": {"HostName": "new.example\nx-more: 1"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=everything)
    status, headers, _ = visit("/")
    assert (status, headers["location"]) == (301, "http://new.example%0Ax-more:%201/")
