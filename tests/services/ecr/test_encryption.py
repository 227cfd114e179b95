"""Repositories under a key of KMS: the grant, and what becomes of pushes and pulls when the key does not allow them.

Source: "Encryption at rest" (Amazon ECR User Guide).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.inprocess import InProcess
from tests.services.ecr.conftest import Registry, digest_of, sign_in
from tests.support import principals
from tests.support.principals import allow

LAYER = b"layer" * 50_000


@pytest.fixture
def kms(client: Callable[..., Any]) -> Any:
    return client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return kms.create_key()["KeyMetadata"]["Arn"]


def under(ecr: Any, name: str, **more: str) -> dict[str, Any]:
    said = {"encryptionType": "KMS"} | more
    return ecr.create_repository(repositoryName=name, encryptionConfiguration=said)["repository"]


def blob(registry: Registry, repository: str) -> bytes:
    return registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(LAYER)}").body


def test_what_is_pushed_is_pulled(ecr: Any, kms: Any, key: str, registry: Registry) -> None:
    made = under(ecr, "app", kmsKey=key)
    assert made["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert grant["GranteeServicePrincipal"] == "ecr.amazonaws.com"
    context = {"aws:ecr:arn": made["repositoryArn"]}
    assert grant["Constraints"] == {"EncryptionContextSubset": context}
    registry.push("app", "1", LAYER)
    assert blob(registry, "app") == LAYER
    url = ecr.get_download_url_for_layer(repositoryName="app", layerDigest=digest_of(LAYER))["downloadUrl"]
    assert registry.app.request("GET", url, {})[2] == LAYER
    ecr.delete_repository(repositoryName="app", force=True)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_without_a_key_it_is_that_of_ecr(ecr: Any, kms: Any, registry: Registry) -> None:
    made = under(ecr, "app")["encryptionConfiguration"]
    assert kms.describe_key(KeyId=made["kmsKey"])["KeyMetadata"]["KeyManager"] == "AWS"
    registry.push("app", "1", LAYER)
    assert blob(registry, "app") == LAYER


def test_a_key_that_is_disabled_ends_pushes_and_pulls(
    ecr: Any, kms: Any, key: str, registry: Registry
) -> None:
    under(ecr, "app", kmsKey=key)
    registry.push("app", "1", LAYER)
    place = registry.ask("POST", "/v2/app/blobs/uploads/").headers["location"]
    kms.disable_key(KeyId=key)
    pulled = registry.ask("GET", f"/v2/app/blobs/{digest_of(LAYER)}")
    assert (pulled.status, pulled.code) == (403, "DENIED")
    assert registry.ask("PATCH", place, b"more").status == 403
    with pytest.raises(ecr.exceptions.KmsException) as refused:
        under(ecr, "another", kmsKey=key)
    assert refused.value.response["kmsError"] == "DisabledException"
    assert [one["repositoryName"] for one in ecr.describe_repositories()["repositories"]] == ["app"]
    kms.enable_key(KeyId=key)
    assert blob(registry, "app") == LAYER


def test_a_grant_that_is_revoked_ends_pulls(ecr: Any, kms: Any, key: str, registry: Registry) -> None:
    under(ecr, "app", kmsKey=key)
    registry.push("app", "1", LAYER)
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    assert registry.ask("GET", f"/v2/app/blobs/{digest_of(LAYER)}").status == 403


def test_who_may_not_use_the_key_makes_no_repository_under_it(
    app: InProcess, ecr: Any, kms: Any, key: str, client: Callable[..., Any]
) -> None:
    keys = principals.user(client, "u", allow("ecr:*"), allow("kms:DescribeKey"))
    with pytest.raises(ClientError, match="KmsException"):
        under(client("ecr", **keys), "app", kmsKey=key)
    assert ecr.describe_repositories()["repositories"] == []
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_pull_needs_no_right_of_the_puller_on_the_key(
    app: InProcess, ecr: Any, key: str, registry: Registry, client: Callable[..., Any]
) -> None:
    under(ecr, "app", kmsKey=key)
    registry.push("app", "1", LAYER)
    keys = principals.user(client, "u", allow(["ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]))
    assert blob(sign_in(app, client("ecr", **keys)), "app") == LAYER


def test_it_is_not_replicated_and_the_status_says_so(
    ecr: Any, key: str, registry: Registry, client: Callable[..., Any], act: Callable[[], object]
) -> None:
    under(ecr, "app", kmsKey=key)
    to = {"region": "eu-west-1", "registryId": ACCOUNT}
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [to]}]})
    registry.push("app", "1", LAYER)
    act()
    said = ecr.describe_image_replication_status(repositoryName="app", imageId={"imageTag": "1"})
    assert said["replicationStatuses"] == [to | {"status": "FAILED", "failureCode": "KmsException"}]
    assert client("ecr", region_name="eu-west-1").describe_repositories()["repositories"] == []


def test_bytes_under_different_keys_are_not_shared(ecr: Any, key: str, registry: Registry) -> None:
    under(ecr, "one", kmsKey=key)
    under(ecr, "two", kmsKey=key)
    ecr.create_repository(repositoryName="plain")
    ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    for name in ("one", "plain", "two"):
        registry.push(name, "1", LAYER)
    for name in ("one", "plain", "two"):
        assert blob(registry, name) == LAYER
    for source, target in (("one", "plain"), ("plain", "one")):
        path = f"/v2/{target}/blobs/uploads/?mount={digest_of(LAYER)}&from={source}"
        assert registry.ask("POST", path).status == 202
    ecr.delete_repository(repositoryName="one", force=True)
    assert blob(registry, "two") == blob(registry, "plain") == LAYER
