"""A router whose services are not read: it says which one a request may be for, and finds with them what one that has read
everything finds."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.wire import (
    NotRead,
    Request,
    Router,
    ServiceModel,
    Unread,
    home_region,
    load,
    partitions,
    regions,
    source,
)
from clary.wire.family import Family

NAMES = ("s3", "iam", "sagemaker", "sagemaker-runtime", "cloudwatch", "lambda")
MODELS = {name: load(name) for name in NAMES}
JSON = {"x-amz-target": "SageMaker.ListModels", "content-type": "application/x-amz-json-1.1"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
CBOR = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}


def unread(model: ServiceModel) -> Unread:
    return Unread.of(model.name, model.metadata, {})


@pytest.fixture
def router() -> Router:
    return Router([unread(model) for model in MODELS.values()])


def request(method: str = "POST", path: str = "/", body: bytes = b"", **headers: str) -> Request:
    return Request(method, path, "", headers, body)


@pytest.mark.parametrize(
    ("sent", "service", "wanted", "operation"),
    [
        (request(**JSON), "sagemaker", "sagemaker", "ListModels"),
        (request(path="/endpoints/e/invocations"), "sagemaker", "sagemaker-runtime", "InvokeEndpoint"),
        (request(body=b"Action=ListRoles&Version=2010-05-08", **FORM), "iam", "iam", "ListRoles"),
        (
            request(path="/service/GraniteServiceVersion20100801/operation/ListMetrics", **CBOR),
            "monitoring",
            "cloudwatch",
            "ListMetrics",
        ),
        (request("GET", "/bucket/key"), "s3", "s3", "GetObject"),
        (request("GET", "/bucket/key"), None, "s3", "GetObject"),
        (request("GET", "/2015-03-31/functions/"), "lambda", "lambda", "ListFunctions"),
    ],
)
def test_the_service_that_a_request_is_for_is_named_and_no_other(
    router: Router, sent: Request, service: str | None, wanted: str, operation: str
) -> None:
    with pytest.raises(NotRead) as caught:
        router.find(sent, service)
    assert caught.value.services == (wanted,)
    router.add(MODELS[wanted])
    router.add(MODELS[wanted])  # as by two requests that waited for one load
    found = router.find(sent, service)
    assert found is not None
    assert (found.operation.service.name, found.operation.name) == (wanted, operation)


@pytest.mark.parametrize(
    ("sent", "service"),
    [
        (request(**{**JSON, "x-amz-target": "SageMaker.Nope"}), "sagemaker"),
        (request(body=b"Action=Nope&Version=2010-05-08", **FORM), "iam"),
        (request(body=b"Action=ListRoles&Version=2010-05-08", **FORM), "monitoring"),
        (request("GET", "/bucket"), "iam"),
        (request("GET", "/2015-03-31/functions/"), "iam"),
        (request(**JSON), "kinesis"),
        (request("PATCH", "/bucket"), "s3"),
    ],
)
def test_a_refusal_is_that_of_a_router_that_has_read_everything(
    router: Router, sent: Request, service: str
) -> None:
    def said(by: Router) -> tuple[str, str, int]:
        while True:
            try:
                error = by.refusal(sent, service)
                return error.code, error.message, error.status
            except NotRead as unread:
                for name in unread.services:
                    by.add(MODELS[name])

    assert said(router) == said(Router(MODELS.values()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "code",
    [
        "AccessDenied",
        "ExpiredToken",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
    ],
)
def test_a_refusal_before_the_model_is_read_is_the_same_as_after(name: str, code: str) -> None:
    model = MODELS[name]
    sent = (
        request("GET", "/x") if model.protocols[0].startswith("rest") else request(body=b"Action=X", **FORM)
    )
    if model.protocols[0] == "json":
        sent = request(**{**JSON, "x-amz-target": f"{model.target_prefix}.X"})
    error = AwsError(code, "No.", 403)
    before = Router([unread(model)]).error_without_match(sent, error, "id", model.signing_name)
    after = Router([model]).error_without_match(sent, error, "id", model.signing_name)
    assert (before.status, before.headers, before.body) == (after.status, after.headers, after.body)


def test_partitions_are_those_of_botocores_endpoints() -> None:
    """They are cut out of the file (`source._partitions`); here it is read whole."""
    said = source._load(source._DATA / "endpoints.json")
    assert said is not None
    assert list(partitions()) == [one["partition"] for one in said["partitions"]]
    for one in said["partitions"]:
        assert regions(one["partition"]) == set(one["regions"])
        iam = one["services"].get("iam", {})
        endpoint = iam.get("endpoints", {}).get(iam.get("partitionEndpoint"), {})
        expected = endpoint.get("credentialScope", {}).get("region") or min(one["regions"])
        assert home_region(one["partition"]) == expected


def find_or_refuse(router: Router, sent: Request, service: str) -> None:
    if router.find(sent, service) is None:
        router.refusal(sent, service)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/endpoints/e/invocations", ("sagemaker-runtime",)),
        ("/BatchPutMetrics", ("sagemaker-metrics",)),
        ("/./BatchPutMetrics", ("sagemaker-metrics",)),
        ("/neither", ("sagemaker-runtime", "sagemaker-metrics")),  # to say in whose words it is refused
    ],
)
def test_of_rest_services_that_share_a_signing_name_the_path_names_one(
    path: str, wanted: tuple[str, ...]
) -> None:
    announced = []
    for name in ("sagemaker-runtime", "sagemaker-metrics"):
        family = Family()
        family.add(load(name))
        assert family.paths is not None
        announced.append(Unread.of(name, load(name).metadata, {}, family.paths.heads))
    router = Router(announced)
    with pytest.raises(NotRead) as caught:
        find_or_refuse(router, request(path=path), "sagemaker")
    assert caught.value.services == wanted


def test_a_service_whose_paths_begin_with_a_label_may_be_meant_by_any_path() -> None:
    family = Family()
    family.add(MODELS["s3"])
    assert family.paths is not None
    assert family.paths.heads == ()
    assert Unread.of("s3", MODELS["s3"].metadata, {}, ()).may_serve("/bucket/key")
