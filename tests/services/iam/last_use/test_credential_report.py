"""Credential reports. Oracle: IAM User Guide ("Generate credential reports for your AWS account"), API reference
(GenerateCredentialReport, GetCredentialReport), aws-cli's examples."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.services.iam.passwords import hashing
from tests.support.authenticator import Authenticator
from tests.support.certificates import issued
from tests.support.principals import ACCOUNT, user
from tests.support.refusals import error_of

Client = Callable[..., Any]


def _lines(iam: Any) -> dict[str, dict[str, str]]:
    text = iam.get_credential_report()["Content"].decode()
    assert not text.endswith("\n")
    return {line["user"]: line for line in csv.DictReader(io.StringIO(text))}


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_report_is_made_every_four_hours(iam: Any, clock: FakeClock, move: Callable[[float], None]) -> None:
    assert error_of(iam.get_credential_report)[::2] == ("ReportNotPresent", 410)
    description = "No report exists. Starting a new report generation task"
    started = iam.generate_credential_report()
    assert (started["State"], started["Description"]) == ("STARTED", description)
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    answer = iam.get_credential_report()
    assert (answer["ReportFormat"], answer["GeneratedTime"].timestamp()) == ("text/csv", clock.now())
    iam.create_user(UserName="ann")
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    assert list(_lines(iam)) == ["<root_account>"]
    clock.advance(1)
    move(4 * 3600)
    assert error_of(iam.get_credential_report)[::2] == ("ReportExpired", 410)
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert list(_lines(iam)) == ["<root_account>", "ann"]


def test_a_user_without_anything(iam: Any, clock: FakeClock) -> None:
    iam.create_user(UserName="ann")
    iam.generate_credential_report()
    line = _lines(iam)["ann"]
    assert len(line) == 22
    assert line["arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert line["user_creation_time"] == _date(clock.now())
    rest = {name: value for name, value in line.items() if name not in ("user", "arn", "user_creation_time")}
    assert set(rest.values()) == {"false", "N/A"}


def test_a_user_with_everything(
    iam: Any, client: Client, store: Callable[[], None], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_N", 2)
    began = clock.now()
    ann = user(client, "ann")
    client("sts", **ann).get_caller_identity()
    store()
    iam.update_account_password_policy(MaxPasswordAge=10)
    iam.create_login_profile(UserName="ann", Password="Geheim-1")
    Authenticator(iam, "ann", clock).enable(iam, "ann")
    iam.upload_signing_certificate(UserName="ann", CertificateBody=issued("ann", clock.now()).body)
    iam.generate_credential_report()
    line = _lines(iam)["ann"]
    expected = {
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": _date(began),
        "password_next_rotation": _date(began + 10 * 86400),
        "mfa_active": "true",
        "access_key_1_active": "true",
        "access_key_1_last_rotated": _date(began),
        "access_key_1_last_used_date": _date(began),
        "access_key_1_last_used_region": "us-east-1",
        "access_key_1_last_used_service": "sts",
        "access_key_2_active": "false",
        "access_key_2_last_rotated": "N/A",
        "cert_1_active": "true",
        "cert_1_last_rotated": _date(clock.now()),
        "cert_2_active": "false",
    }
    assert {name: line[name] for name in expected} == expected


def test_the_root_user(iam: Any, store: Callable[[], None]) -> None:
    iam.list_users()
    store()
    iam.generate_credential_report()
    line = _lines(iam)["<root_account>"]
    assert line["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    password = ("password_enabled", "password_last_changed", "password_next_rotation")
    assert {line[name] for name in password} == {"not_supported"}
    assert (line["mfa_active"], line["access_key_1_active"]) == ("false", "true")
    assert line["access_key_1_last_used_service"] == "iam"


def test_a_name_with_a_comma(iam: Any) -> None:
    iam.create_user(UserName="a,b")
    iam.generate_credential_report()
    assert _lines(iam)["a,b"]["arn"].endswith("user/a,b")
