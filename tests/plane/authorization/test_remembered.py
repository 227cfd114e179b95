"""What the hot lane remembers of decisions, and what makes it forget."""

from __future__ import annotations

from typing import Any

from clary.access.recent_cache import RecentCache
from clary.kernel import Caller
from clary.plane import Platform
from tests.inprocess import ENDPOINT, InProcess
from tests.support.principals import ACCOUNT, Client, allow, policy, role, trust, user
from tests.support.refusals import error_of

SAGEMAKER = Caller.of_service(
    "sagemaker.amazonaws.com", ACCOUNT, f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/e"
)


def test_a_change_is_felt_by_the_next_call(client: Client) -> None:
    ann = user(client, "ann")
    iam, mine = client("iam"), client("iam", **ann)
    for _ in range(3):
        assert error_of(mine.list_roles)[0] == "AccessDenied"
        iam.put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(allow("iam:ListRoles")))
        assert mine.list_roles()
        iam.delete_user_policy(UserName="ann", PolicyName="q")


def test_the_hot_lane_feels_a_change_as_well(client: Client) -> None:
    ann = user(client, "ann")
    client("s3").create_bucket(Bucket="data")
    client("s3").put_object(Bucket="data", Key="k", Body=b"x")
    iam, mine = client("iam"), client("s3", **ann)
    for _ in range(3):
        assert error_of(lambda: mine.get_object(Bucket="data", Key="k"))[0] == "AccessDenied"
        iam.put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(allow("s3:GetObject")))
        assert mine.get_object(Bucket="data", Key="k")["Body"].read() == b"x"
        iam.delete_user_policy(UserName="ann", PolicyName="q")


def test_the_hot_lane_remembers_one_call_for_one_second(
    platform: Platform, client: Client, app: InProcess
) -> None:
    ann = user(client, "ann", allow("sagemaker:DescribeEndpoint"))
    now = [0.0]
    authorizer: Any = platform.authorizer
    for memory in (authorizer._allowed, authorizer._calls):
        memory._timer, memory._unsettled = (lambda: now[0]), 0.0
    caller = app.loop.run(authorizer.credential(ann["key"])).caller
    action = platform.action("sagemaker", "DescribeEndpoint")

    def ctx(region: str = "us-east-1") -> Any:
        return platform.context("sagemaker", "DescribeEndpoint", caller, region)

    def decide() -> None:
        app.loop.run(authorizer.authorize_hot(ctx(), action, {"EndpointName": "e"}))

    assert not authorizer.allows_still(ctx(), action, {"EndpointName": "e"})
    decide()
    assert authorizer.allows_still(ctx(), action, {"EndpointName": "e"})
    assert not authorizer.allows_still(ctx(), action, {"EndpointName": "f"})
    assert not authorizer.allows_still(ctx("eu-west-1"), action, {"EndpointName": "e"})
    now[0] = 0.9
    decide()  # remembered, and not for longer by being asked again
    now[0] = 1.0
    assert not authorizer.allows_still(ctx(), action, {"EndpointName": "e"})
    decide()
    authorizer.forget()
    assert not authorizer.allows_still(ctx(), action, {"EndpointName": "e"})


def test_what_is_remembered_is_forgotten() -> None:
    now = [0.0]
    recent: RecentCache[str, int] = RecentCache(lambda: now[0])
    recent.put("a", 1)
    assert recent.get("a") == 1
    now[0] = 1.0
    assert recent.get("a") is None
    recent.put("a", 2)
    recent.clear()
    assert recent.get("a") is None
    recent.put("a", 3)  # the change may not be committed yet
    assert recent.get("a") is None
    now[0] = 2.0
    recent.put("a", 4)
    assert recent.get("a") == 4
    assert recent.get("b") is None


def test_what_is_decided_for_one_without_a_key_is_remembered_of_nobody(
    platform: Platform, client: Client, app: InProcess
) -> None:
    """A role that the platform looks through has no access key, and neither has a request that nobody signed."""
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="k", Body=b"x")
    arn = role(client, trust({"Service": "sagemaker.amazonaws.com"}), allow("s3:*"))
    with platform.store.read() as tx:
        acting = platform.extras["directory"].acting(tx, arn, "SageMaker", SAGEMAKER)
    platform.authorizer._allowed._unsettled = 0.0  # as a second after the last change
    found = app.loop.run(
        platform.aperform("s3", "HeadObject", {"Bucket": "data", "Key": "k"}, acting, "us-east-1")
    )
    assert found["ContentLength"] == 1
    assert app.request("HEAD", f"{ENDPOINT}/data/k", {})[0] == 403
