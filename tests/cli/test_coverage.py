"""`clary coverage`: what answers, as the registry says it."""

from __future__ import annotations

import json

import pytest

from clary.cli import coverage
from clary.cli.main import main
from clary.services import load_services


def test_it_says_what_the_services_register(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    services = load_services()
    assert set(found) == set(services)
    for name, operations in found.items():
        assert set(operations) == set(services[name].model.operations)
        assert {op for op, answers in operations.items() if answers} == set(services[name].actions) & set(
            operations
        )
    assert found["s3"]["PutObject"] is True
    assert found["s3"]["SelectObjectContent"] in (True, False)
    assert not all(found["sagemaker"].values())


def test_one_service_is_listed_operation_by_operation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "sts"]) == 0
    out = capsys.readouterr().out
    assert "✓ GetCallerIdentity" in out


def test_an_unknown_service_is_told_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "ec2"]) == 1
    assert "choose one of: " in capsys.readouterr().err


def test_the_page_counts_and_names() -> None:
    page = coverage.page({"sts": {"AssumeRole": True, "GetSessionToken": False}})
    assert "| sts | 1 |" in page
    assert "`AssumeRole`" in page
    assert "GetSessionToken" not in page
