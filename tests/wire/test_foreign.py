"""Refusals of every service that botocore has, as botocore's own parsers read them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from botocore.parsers import create_parser

from clary.kernel import AwsError
from clary.services import load_services
from clary.wire import Operation, Request, Response, Router, ServiceModel, load, source
from tests.support.routers import match
from tests.wire.shapes import sent, value

OURS = frozenset(load_services())
ROUTER = Router([service.model for service in load_services().values()])
NAMES = sorted(name for name, _ in source.all_metadata())


@cache
def groups() -> dict[str, set[str]]:
    """Signing name -> names of its services."""
    found: dict[str, set[str]] = {}
    for name, metadata in source.all_metadata():
        found.setdefault(metadata.get("signingName", metadata["endpointPrefix"]), set()).add(name)
    return found


def requests(model: ServiceModel) -> Iterator[tuple[Operation, str, Request]]:
    """Some operations in every protocol of a service, as botocore sends them."""
    operations = list(model.operations.values())
    for protocol in model.protocols:
        for operation in operations[:: max(1, len(operations) // 3)]:
            needed = operation.input.required_members if operation.input else ()
            params = {name: _value(operation.input_members[name]) for name in needed}
            request = sent(operation, protocol, params)
            if model.name == "s3control":
                request.headers["x-amz-account-id"] = "111122223333"
            yield operation, protocol, request


def _value(shape: Any) -> Any:
    """Text that may be a part of a host name, where some members go."""
    return "abc" if shape.type_name == "string" and not shape.enum else value(shape, Random(1))


def read(operation: Operation, protocol: str, response: Response) -> dict[str, str]:
    answer = {"status_code": response.status, "headers": dict(response.headers), "body": response.body}
    parsed: Any = create_parser(protocol).parse(answer, operation.output)
    return parsed["Error"]


def refused(request: Request, signing_name: str) -> AwsError:
    with pytest.raises(AwsError) as caught:
        match(ROUTER, request, signing_name)
    return caught.value


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OURS])
def test_every_client_reads_what_is_not_here(name: str) -> None:
    """The operation is named; so is its service, unless it shares its signing name and the way to the operation."""
    model = ServiceModel(name, source.description(name))
    for operation, protocol, request in requests(model):
        check_early(operation, protocol, request)
        error = refused(request, model.signing_name)
        error = read(
            operation, protocol, ROUTER.error_without_match(request, error, "id", model.signing_name)
        )
        if operation.method == "HEAD":
            assert error["Code"] in ("501", "NotImplemented")  # there is no body to read
            continue
        assert error["Code"] == "NotImplemented", (operation, error)
        said = error["Message"].removeprefix("Clary does not implement ").removesuffix(".")
        service, _, named = said.partition(":")
        assert (service in groups()[model.signing_name], named) == (True, operation.name)


def check_early(operation: Operation, protocol: str, request: Request) -> None:
    """A refusal of before the signature was read is read as well: only its text says then whose the request is."""
    response = ROUTER.error_without_match(request, AwsError("Refused", "This is why.", 403), "id", None)
    if operation.method != "HEAD":
        error = read(operation, protocol, response)
        assert (error["Code"], error["Message"]) == ("Refused", "This is why.")


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_client_reads_an_early_refusal_of_what_is_here(name: str) -> None:
    for operation, protocol, request in requests(load(name)):
        check_early(operation, protocol, request)


@pytest.mark.parametrize(
    ("request_", "signing_name", "said"),
    [
        (Request("GET", "/nowhere/at/all"), "mq", "the service mq"),
        (Request("POST", "/", "", {"x-amz-target": "Odd.<x>"}, b"{}"), "dynamodb", "the service dynamodb"),
        (
            Request("POST", "/", "", {"x-amz-target": "DynamoDB_20120810.New"}, b"{}"),
            "dynamodb",
            "dynamodb:New",
        ),
        (Request("POST", "/", "", {"x-amz-target": "Other.New"}, b"{}"), "nobody", "nobody:New"),
        (Request("GET", "/x"), "nobody", "the service nobody"),
        (
            Request("POST", "/service/S/operation/Op", "", {"smithy-protocol": "rpc-v2-cbor"}),
            "nobody",
            "nobody:Op",
        ),
    ],
)
def test_what_no_model_knows(request_: Request, signing_name: str, said: str) -> None:
    assert refused(request_, signing_name).message == f"Clary does not implement {said}."


def test_an_account_id_alone_does_not_make_s3_control() -> None:
    bucket = Request("GET", "/v20180820/key", "", {"x-amz-account-id": "111122223333"})
    assert match(ROUTER, bucket, "s3").operation.name == "GetObject"
    control = dataclasses.replace(bucket, path="/v20180820/jobs")
    assert match(ROUTER, control, "s3").operation.name == "ListJobs"
    assert match(ROUTER, dataclasses.replace(control, headers={}), "s3").operation.name == "GetObject"
