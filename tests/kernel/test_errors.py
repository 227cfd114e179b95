"""Errors in AWS's words."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.kernel.errors import access_denied, not_implemented, validation


@pytest.mark.parametrize(
    ("status", "senders"), [(400, True), (404, True), (499, True), (500, False), (503, False)]
)
def test_whose_fault_it_is(status: int, senders: bool) -> None:
    assert AwsError("Code", "text", status).senders_fault is senders


def test_it_reads_as_code_and_sentence() -> None:
    assert str(AwsError("ResourceInUse", "It is there.")) == "ResourceInUse: It is there."


def test_what_is_not_given_is_empty() -> None:
    error = AwsError("Code")
    assert (error.message, error.status, dict(error.members), dict(error.headers)) == ("", 400, {}, {})


def test_the_usual_ones() -> None:
    assert (validation("no").code, validation("no").status) == ("ValidationException", 400)
    assert (access_denied("no").code, access_denied("no").status) == ("AccessDeniedException", 403)
    absent = not_implemented("s3", "GetBucketWebsite")
    assert (absent.code, absent.status) == ("NotImplemented", 501)
    assert "s3:GetBucketWebsite" in absent.message
