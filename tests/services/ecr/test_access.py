"""IAM is asked at each request of the distribution protocol, for the caller of the token.

Source of which request needs which action: "IAM permissions for pushing an image" and "… for pulling an image" (Amazon ECR User Guide).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from tests.conftest import ACCOUNT
from tests.inprocess import InProcess
from tests.services.ecr.conftest import CONFIG, Answer, Registry, digest_of, manifest_of, sign_in
from tests.support import principals
from tests.support.principals import OTHER, allow

LAYER = b"a layer"
TOKEN = "ecr:GetAuthorizationToken"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = [
    "ecr:CompleteLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:InitiateLayerUpload",
    "ecr:BatchCheckLayerAvailability",
    "ecr:PutImage",
    "ecr:BatchGetImage",
]


@pytest.fixture
def as_user(app: InProcess, client: Callable[..., Any]) -> Callable[..., Registry]:
    """The registry as a user with these statements."""

    def make(*statements: dict[str, Any], name: str = "u") -> Registry:
        keys = principals.user(client, name, allow(TOKEN), *statements)
        return sign_in(app, client("ecr", **keys))

    return make


def pull(registry: Registry, repository: str) -> list[int]:
    asked = [("GET", "manifests/1"), ("GET", f"blobs/{digest_of(LAYER)}")]
    return [registry.ask(method, f"/v2/{repository}/{path}").status for method, path in asked]


def test_the_actions_that_aws_names_are_enough_to_push_and_to_pull(
    registry: Registry, repository: str, as_user: Callable[..., Registry]
) -> None:
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{repository}"
    pusher, puller = as_user(allow(PUSH, arn), name="pusher"), as_user(allow(PULL, arn), name="puller")
    assert pusher.ask("HEAD", f"/v2/{repository}/blobs/{digest_of(LAYER)}").status == 404
    pusher.push(repository, "1", LAYER)
    assert pull(puller, repository) == [200, 200]
    assert pull(pusher, repository) == [200, 403]
    denied = puller.ask("POST", f"/v2/{repository}/blobs/uploads/")
    assert (denied.status, denied.code) == (403, "DENIED")
    said = denied.json["errors"][0]["message"]
    assert f"is not authorized to perform: ecr:InitiateLayerUpload on resource: {arn}" in said
    assert puller.put_manifest(repository, "2", manifest_of(LAYER)).status == 403
    assert puller.ask("DELETE", f"/v2/{repository}/manifests/1").status == 403
    assert puller.ask("GET", f"/v2/{repository}/tags/list").status == 403


@pytest.mark.parametrize("action", PUSH[:3] + PUSH[4:5])
def test_each_of_them_is_needed_to_push(
    repository: str, as_user: Callable[..., Registry], action: str
) -> None:
    pusher = as_user(allow([one for one in PUSH if one != action]))
    with pytest.raises(AssertionError, match="403"):
        pusher.push(repository, "1", LAYER)


def test_policies_hold_at_once_whatever_the_token_says(
    registry: Registry, repository: str, as_user: Callable[..., Registry], client: Any, clock: FakeClock
) -> None:
    registry.push(repository, "1", LAYER)
    puller = as_user(allow(PULL))
    assert pull(puller, repository) == [200, 200]
    client("iam").delete_user_policy(UserName="u", PolicyName="p")
    clock.advance(2)
    assert pull(puller, repository) == [403, 403]


def test_a_deactivated_key_ends_the_token(
    repository: str, as_user: Callable[..., Registry], client: Any, clock: FakeClock
) -> None:
    puller = as_user(allow(PULL))
    (key,) = client("iam").list_access_keys(UserName="u")["AccessKeyMetadata"]
    client("iam").update_access_key(UserName="u", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    clock.advance(2)
    assert puller.ask("GET", "/v2/").status == 401


def test_a_token_is_good_for_twelve_hours(registry: Registry, ecr: Any, clock: FakeClock) -> None:
    data = ecr.get_authorization_token()["authorizationData"][0]
    assert data["expiresAt"].timestamp() == pytest.approx(clock.now() + 12 * 3600, abs=1)
    assert data["proxyEndpoint"] == f"https://{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
    assert base64.b64decode(data["authorizationToken"]).startswith(b"AWS:")
    assert registry.ask("GET", "/v2/").status == 200
    clock.advance(12 * 3600)
    expired = registry.ask("GET", "/v2/")
    assert (expired.status, expired.code) == (403, "DENIED")
    assert "authorization token has expired" in expired.json["errors"][0]["message"]


def test_a_token_ends_with_its_session(client: Callable[..., Any], clock: FakeClock) -> None:
    trusts = principals.trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    arn = principals.role(client, trusts, allow("ecr:*"))
    keys = principals.user(client, "u", allow("sts:AssumeRole"))
    made = client("sts", **keys).assume_role(RoleArn=arn, RoleSessionName="session", DurationSeconds=900)
    session = client("ecr", **principals.as_session(made["Credentials"]))
    data = session.get_authorization_token()["authorizationData"][0]
    assert data["expiresAt"].timestamp() == pytest.approx(clock.now() + 900, abs=1)


def challenged(answer: Answer) -> bool:
    said = answer.headers.get("www-authenticate", "")
    return answer.status == 401 and said.startswith("Basic realm=") and answer.code == "UNAUTHORIZED"


def test_without_a_token_of_this_platform_there_is_a_challenge(registry: Registry, repository: str) -> None:
    password = base64.b64decode(registry.token).decode().partition(":")[2]
    forged = password[:-8] + ("A" if password[-8] != "A" else "B") + password[-7:]
    for user, secret in (("AWS", "wrong"), ("AWS", forged), ("AWS", ""), ("root", password)):
        token = base64.b64encode(f"{user}:{secret}".encode()).decode()
        assert challenged(Registry(registry.app, token).ask("GET", "/v2/"))
    assert challenged(Registry(registry.app, "").ask("GET", f"/v2/{repository}/tags/list"))
    assert challenged(Registry(registry.app, "%%%").ask("GET", "/v2/"))


def test_another_account_is_let_in_by_the_policy_of_the_repository_alone(
    app: InProcess,
    registry: Registry,
    repository: str,
    ecr: Any,
    client: Callable[..., Any],
    stranger: dict[str, str],
    clock: FakeClock,
) -> None:
    registry.push(repository, "1", LAYER)
    host = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
    them = client("ecr", **stranger)
    theirs = sign_in(app, them, host)
    assert theirs.ask("GET", "/v2/").status == 200
    assert pull(theirs, repository) == [403, 403]
    assert pull(theirs, "none") == [403, 403]  # which of the two it is cannot be learned
    ecr.set_repository_policy(
        repositoryName=repository,
        policyText=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": PULL},
                ],
            }
        ),
    )
    clock.advance(2)
    assert pull(theirs, repository) == [200, 200]
    assert theirs.ask("POST", f"/v2/{repository}/blobs/uploads/").status == 403
    got = them.batch_get_image(registryId=ACCOUNT, repositoryName=repository, imageIds=[{"imageTag": "1"}])
    assert got["images"][0]["registryId"] == ACCOUNT
    assert got["images"][0]["imageManifest"].encode() == manifest_of(LAYER, config=CONFIG)


def statement(effect: str, **more: Any) -> str:
    said = {"Effect": effect, "Principal": "*", "Action": PULL}
    return json.dumps({"Version": "2012-10-17", "Statement": [said | more]})


def test_a_denial_in_the_policy_of_the_repository_holds_against_its_own_account(
    registry: Registry, repository: str, ecr: Any, as_user: Callable[..., Registry], clock: FakeClock
) -> None:
    registry.push(repository, "1", LAYER)
    puller = as_user(allow(PULL))
    arn = f"arn:aws:iam::{ACCOUNT}:user/u"
    ecr.set_repository_policy(repositoryName=repository, policyText=statement("Deny", Principal={"AWS": arn}))
    assert pull(puller, repository) == [403, 403]
    assert "repositoryName" in ecr.delete_repository_policy(repositoryName=repository)
    clock.advance(2)
    assert pull(puller, repository) == [200, 200]
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(repositoryName=repository)


def test_the_policy_of_the_registry_is_about_the_repositories_that_it_names(
    app: InProcess,
    registry: Registry,
    ecr: Any,
    client: Callable[..., Any],
    stranger: dict[str, str],
    clock: FakeClock,
) -> None:
    for name in ("shared/app", "own/app"):
        ecr.create_repository(repositoryName=name)
        registry.push(name, "1", LAYER)
    resource = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/shared/*"
    ecr.put_registry_policy(policyText=statement("Allow", Principal={"AWS": OTHER}, Resource=resource))
    clock.advance(2)
    theirs = sign_in(app, client("ecr", **stranger), f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com")
    assert pull(theirs, "shared/app") == [200, 200]
    assert pull(theirs, "own/app") == [403, 403]
    assert theirs.ask("DELETE", "/v2/shared/app/manifests/1").status == 403


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "ecr:ResourceTag/team"])
def test_conditions_on_the_tags_of_a_repository(
    registry: Registry, ecr: Any, as_user: Callable[..., Registry], key: str
) -> None:
    for team in ("red", "blue"):
        ecr.create_repository(repositoryName=team, tags=[{"Key": "team", "Value": team}])
        registry.push(team, "1", LAYER)
    puller = as_user(allow(PULL) | {"Condition": {"StringEquals": {key: "red"}}})
    assert pull(puller, "red") == [200, 200]
    assert pull(puller, "blue") == [403, 403]


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": PULL}]}),
        statement("Allow", Action="s3:GetObject"),
        statement("Allow", Resource="*"),  # awsdocs/amazon-ecr-user-guide#20, aws/aws-cdk#24314
    ],
)
def test_what_is_no_policy_of_a_repository_is_refused(ecr: Any, repository: str, text: str) -> None:
    said = (
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"
    )
    with pytest.raises(ecr.exceptions.InvalidParameterException, match=said):
        ecr.set_repository_policy(repositoryName=repository, policyText=text)


def test_a_policy_that_locks_its_author_out_needs_force(
    repository: str, ecr: Any, client: Callable[..., Any]
) -> None:
    keys = principals.user(client, "author", allow("ecr:*"))
    author = client("ecr", **keys)
    text = statement("Deny", Action="ecr:SetRepositoryPolicy")
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        author.set_repository_policy(repositoryName=repository, policyText=text)
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(repositoryName=repository)
    author.set_repository_policy(repositoryName=repository, policyText=text, force=True)
    assert ecr.get_repository_policy(repositoryName=repository)["policyText"] == text
