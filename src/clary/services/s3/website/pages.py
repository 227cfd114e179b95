"""The pages that a website answers by itself: what went wrong, in HTML. The form is that of recorded answers of AWS
(`test_website_hosting_404`, `test_website_hosting_no_such_website`)."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from clary.kernel import AwsError
from clary.wire import Response

_ALSO = "An Error Occurred While Attempting to Retrieve a Custom Error Document"


def failure(error: AwsError, request_id: str, also: AwsError | None = None) -> Response:
    """Return the page of an error; `also` is what went wrong with the website's own page for it."""
    title = f"{error.status} {HTTPStatus(error.status).phrase}"
    listed = _listed(error, {"RequestId": request_id, "HostId": request_id})
    second = f"<h3>{_ALSO}</h3>\n{_listed(also, {})}" if also else ""
    body = (
        f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n{listed}{second}"
        "<hr/>\n</body>\n</html>\n"
    )
    return Response(error.status, [("content-type", "text/html; charset=utf-8")], body.encode())


def _listed(error: AwsError, more: dict[str, str]) -> str:
    said = {"Code": error.code, "Message": error.message, **(error.members or {}), **more}
    lines = "".join(f"<li>{escape(name)}: {escape(str(value))}</li>\n" for name, value in said.items())
    return f"<ul>\n{lines}</ul>\n"
