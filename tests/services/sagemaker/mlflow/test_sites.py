"""Who may reach an MLflow server over HTTP, and what its program sees.

Signatures, headers and hosts: AWS's plugin (https://github.com/aws/sagemaker-mlflow). Actions: Service Authorization
Reference, "Amazon SageMaker with MLflow"; for apps "Set up IAM permissions for MLflow Apps" of the SageMaker guide.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.accounts import ensure_account
from clary.services.sagemaker.mlflow.visits import waiting
from tests.services.sagemaker.mlflow.conftest import Answer, Servers
from tests.services.sagemaker.mlflow.stub import Stub
from tests.support.principals import OTHER, allow, user
from tests.support.waiting import until

Signed = Callable[..., Answer]
CREATE = "/api/2.0/mlflow/experiments/create"
SEARCH = "/api/2.0/mlflow/runs/search"


@pytest.fixture
def arn(track: Callable[..., str]) -> str:
    return track()


@pytest.fixture
def stub(arn: str, servers: Servers) -> Stub:
    return servers.bring_up()


@pytest.fixture
def app_arn(sm: Any, role: str) -> str:
    return sm.create_mlflow_app(Name="a", ArtifactStoreUri="s3://bucket/a", RoleArn=role)["Arn"]


# clients that sign -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://us-east-1.experiments.sagemaker.aws",
        "http://us-east-1.experiments.sagemaker.localhost:4566",
        "http://127.0.0.1:4566/_mlflow",
    ],
)
def test_what_is_signed_reaches_the_program(arn: str, stub: Stub, signed: Signed, url: str) -> None:
    assert signed(arn, "POST", f"{CREATE}?a=b", {"name": "e"}, url=url)[::2] == (200, {"path": CREATE})
    ((method, path, headers, body),) = stub.seen
    assert (method, path, body) == ("POST", f"{CREATE}?a=b", b'{"name": "e"}')
    assert "authorization" not in headers


def test_an_app_is_signed_for_sagemaker(
    app_arn: str, servers: Servers, signed: Signed, client: Callable[..., Any]
) -> None:
    servers.bring_up()
    url = "https://mlflow.sagemaker.us-east-1.app.aws"
    assert signed(app_arn, "POST", CREATE, {}, url=url)[0] == 200
    assert signed(app_arn, "POST", CREATE, {}, url=url, service="sagemaker-mlflow")[0] == 403
    limited = user(client, "dev", allow("sagemaker:CallMlflowAppApi", app_arn))
    assert signed(app_arn, "POST", CREATE, {}, **limited)[0] == 200
    other = user(client, "other", allow("sagemaker-mlflow:*"))
    assert signed(app_arn, "POST", CREATE, {}, **other)[0] == 403


def test_each_request_needs_its_own_right(
    arn: str, stub: Stub, signed: Signed, client: Callable[..., Any]
) -> None:
    keys = user(client, "dev", allow(["sagemaker-mlflow:CreateExperiment", "sagemaker-mlflow:GetRun"], arn))
    assert signed(arn, "POST", CREATE, {}, **keys)[0] == 200
    assert signed(arn, "GET", "/api/2.0/mlflow/runs/get?run_id=a", **keys)[0] == 200
    status, headers, said = signed(arn, "POST", SEARCH, {}, **keys)
    assert (status, headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert "not authorized to perform: sagemaker-mlflow:SearchRuns on resource" in said["message"]
    elsewhere = user(client, "else", allow("sagemaker-mlflow:*", f"{arn}-other"))
    assert signed(arn, "POST", CREATE, {}, **elsewhere)[0] == 403
    assert len(stub.seen) == 2


def test_a_wrong_signature(arn: str, stub: Stub, signed: Signed) -> None:
    wrong = (
        {"secret": "another"},
        {"service": "sagemaker"},
        {"region": "eu-west-1"},
        {"key": "AKIANOBODYNOBODYNOBO"},
        {"headers": {"x-amz-date": "20200101T000000Z"}},
    )
    assert [signed(arn, "POST", CREATE, {}, **one)[0] for one in wrong] == [403] * 5
    assert stub.seen == []


def test_a_request_that_nobody_signed(arn: str, stub: Stub, browse: Callable[..., Answer]) -> None:
    url = f"https://us-east-1.experiments.sagemaker.aws{CREATE}"
    headers = {"x-mlflow-sm-tracking-server-arn": arn}
    assert browse("POST", url, **headers)[0] == 403
    assert stub.seen == []


def test_another_account_learns_nothing(
    arn: str, stub: Stub, signed: Signed, platform: Platform, client: Callable[..., Any]
) -> None:
    other = {"key": "AKIAOTHEROTHEROTHER1", "secret": "another-secret"}
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, other["key"], other["secret"])
    there = signed(arn, "POST", CREATE, {}, **other)
    absent = signed(arn.replace("/track", "/none"), "POST", CREATE, {}, **other)
    assert there[0] == absent[0] == 403
    assert there[2]["message"].replace("/track", "/none") == absent[2]["message"]
    assert signed(arn, "GET", "/version", **other)[0] == 403
    assert stub.seen == []


def test_a_server_that_is_not_there(signed: Signed) -> None:
    """The sentence is AWS's (https://github.com/aws/CICD-for-SageMakerUnifiedStudio/pull/13)."""
    none = "arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/none"
    status, _, said = signed(none, "POST", CREATE, {})
    assert (status, said["message"]) == (404, "Tracking server could not be found")
    for wrong in (
        "",
        "x",
        none.replace("sagemaker", "s3"),
        none.replace("mlflow-tracking-server", "endpoint"),
    ):
        assert signed(wrong, "POST", CREATE, {})[0] in (403, 404)


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/webhooks", "/api/3.0/mlflow/gateway/secrets/create"])
def test_what_nobody_may_use(
    arn: str, stub: Stub, app_arn: str, servers: Servers, signed: Signed, path: str
) -> None:
    servers.bring_up()
    assert signed(arn, "POST", path, {})[0] == 501
    assert signed(app_arn, "POST", path, {})[0] == 501


def test_what_aws_has_no_action_for(arn: str, stub: Stub, signed: Signed) -> None:
    status, _, said = signed(arn, "POST", "/api/3.0/mlflow/datasets/create", {})
    assert (status, said["message"]) == (403, "There is no IAM action that allows this request.")


def test_a_server_that_does_not_run(arn: str, stub: Stub, sm: Any, servers: Servers, signed: Signed) -> None:
    sm.stop_mlflow_tracking_server(TrackingServerName="track")
    status, _, said = signed(arn, "POST", CREATE, {})
    assert (status, "in status STOPPING" in said["message"]) == (400, True)


def test_a_server_that_starts_is_waited_for(arn: str, stub: Stub, servers: Servers, signed: Signed) -> None:
    servers.kill()
    servers.turn(2)
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(signed, arn, "POST", CREATE, {})
        servers.bring_up()
        assert asked.result()[0] == 200


def test_a_program_that_has_died_is_told_when_another_answers(
    arn: str, stub: Stub, servers: Servers, signed: Signed, platform: Platform
) -> None:
    def noticed() -> bool:
        with platform.store.read() as tx:
            (record,) = tx.list("sagemaker:MlflowTrackingServer", None)
            return "wanted" in record.private

    servers.kill()
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(signed, arn, "POST", CREATE, {})
        until(noticed)
        assert not asked.done()
        servers.bring_up()
        assert asked.result()[0] == 502, "a client of MLflow tries again at once"
    assert signed(arn, "POST", CREATE, {})[0] == 200


def test_a_server_that_does_not_start_in_time(
    arn: str, signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_START_PATIENCE", 0.01)
    assert signed(arn, "POST", CREATE, {})[0] == 503, "a client of MLflow tries again after this status"


# browsers ----------------------------------------------------------------------------------------------------------


def presigned(sm: Any, **more: Any) -> str:
    return sm.create_presigned_mlflow_tracking_server_url(TrackingServerName="track", **more)["AuthorizedUrl"]


def test_a_presigned_url_begins_a_session(stub: Stub, sm: Any, browse: Callable[..., Answer]) -> None:
    url = presigned(sm, SessionExpirationDurationInSeconds=1800)
    status, headers, _ = browse("GET", url)
    assert (status, headers["location"]) == (302, "/")
    cookie, *words = headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1800"} <= set(words)
    root = url.partition("/auth")[0]
    assert browse("GET", f"{root}/", cookie=f"a=b; {cookie}")[0] == 200
    assert stub.seen[-1][2]["cookie"] == "a=b", "the program does not see the session"
    assert browse("GET", f"{root}/static-files/a.js", cookie=cookie)[0] == 200
    assert browse("GET", f"{root}/")[0] == 403
    assert browse("GET", f"{root}/", cookie="mlflow-session=guess")[0] == 403


def test_a_presigned_url_is_good_once_and_for_its_time(
    stub: Stub, sm: Any, browse: Callable[..., Answer], clock: FakeClock
) -> None:
    url = presigned(sm)
    assert [browse("GET", url)[0] for _ in range(2)] == [302, 403]
    late = presigned(sm, ExpiresInSeconds=5)
    clock.advance(6)
    assert browse("GET", late)[0] == 403


def test_a_session_ends(stub: Stub, sm: Any, browse: Callable[..., Answer], clock: FakeClock) -> None:
    root, cookie = session(sm, browse, SessionExpirationDurationInSeconds=1800)
    clock.advance(1799)
    assert browse("GET", f"{root}/", cookie=cookie)[0] == 200
    clock.advance(2)
    assert browse("GET", f"{root}/", cookie=cookie)[0] == 403


def session(sm: Any, browse: Callable[..., Answer], **more: Any) -> tuple[str, str]:
    url = presigned(sm, **more)
    return url.partition("/auth")[0], browse("GET", url)[1]["set-cookie"].partition(";")[0]


def test_a_session_is_of_one_server(
    stub: Stub, track: Callable[..., str], sm: Any, servers: Servers, browse: Callable[..., Answer]
) -> None:
    track(TrackingServerName="other")
    servers.bring_up()
    root, cookie = session(sm, browse)
    label = urlsplit(sm.describe_mlflow_tracking_server(TrackingServerName="other")["TrackingServerUrl"])
    assert browse("GET", f"http://{label.netloc}/", cookie=cookie)[0] == 403
    assert browse("GET", f"{root}/", cookie=cookie)[0] == 200


def test_pages_have_the_rights_of_who_asked_for_the_url(
    stub: Stub, client: Callable[..., Any], browse: Callable[..., Answer]
) -> None:
    """The right to see the pages is AccessUI; what they ask for needs the rights that it needs elsewhere."""
    rights = ["sagemaker:CreatePresignedMlflowTrackingServerUrl", "sagemaker-mlflow:AccessUI"]
    keys = user(client, "dev", allow([*rights, "sagemaker-mlflow:SearchRuns"]))
    root, cookie = session(client("sagemaker", **keys), browse)
    assert browse("GET", f"{root}/", cookie=cookie)[0] == 200
    assert browse("GET", f"{root}/ajax-api/3.0/mlflow/ui-telemetry", cookie=cookie)[0] == 200
    assert browse("POST", f"{root}/ajax-api/2.0/mlflow/runs/search", cookie=cookie)[0] == 200
    assert browse("POST", f"{root}/ajax-api/2.0/mlflow/runs/delete", cookie=cookie)[0] == 403
    client("iam").delete_user_policy(UserName="dev", PolicyName="p")
    assert browse("GET", f"{root}/", cookie=cookie)[0] == 403, "policies are judged at each request"


def test_without_the_right_to_see_pages(
    stub: Stub, client: Callable[..., Any], browse: Callable[..., Answer]
) -> None:
    keys = user(client, "dev", allow("sagemaker:CreatePresignedMlflowTrackingServerUrl"))
    assert browse("GET", presigned(client("sagemaker", **keys)))[0] == 403


def test_other_pages_cannot_use_a_session(stub: Stub, sm: Any, browse: Callable[..., Answer]) -> None:
    root, cookie = session(sm, browse)
    path = f"{root}/ajax-api/2.0/mlflow/experiments/create"
    assert browse("POST", path, cookie=cookie, origin="https://evil.example")[0] == 403
    assert browse("POST", path, cookie=cookie, origin=root)[0] == 200


def test_pages_of_an_app(app_arn: str, sm: Any, servers: Servers, browse: Callable[..., Answer]) -> None:
    servers.bring_up()
    url = sm.create_presigned_mlflow_app_url(Arn=app_arn)["AuthorizedUrl"]
    id = app_arn.rpartition("/")[2]
    assert url.startswith(f"http://{id}.mlflow.sagemaker.us-east-1.app.localhost:4566/auth?authToken=")
    cookie = browse("GET", url)[1]["set-cookie"].partition(";")[0]
    assert browse("GET", f"{url.partition('/auth')[0]}/", cookie=cookie)[0] == 200


def test_a_presigned_url_of_what_is_not_there(sm: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        presigned(sm)


def test_sessions_end_with_the_server(
    stub: Stub,
    sm: Any,
    track: Callable[..., str],
    servers: Servers,
    browse: Callable[..., Answer],
    platform: Platform,
) -> None:
    session(sm, browse)
    sm.delete_mlflow_tracking_server(TrackingServerName="track")
    servers.turn(2)
    servers.end_stopped()
    servers.turn(2)
    with platform.store.read() as tx:
        assert tx.sql("select count(*) from sagemaker_mlflow_visitor") == [(0,)]
