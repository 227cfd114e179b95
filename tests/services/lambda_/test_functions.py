"""The life of a function, through boto3. Expected members and sentences are those of recorded answers of the real service
(localstack/localstack, tests/aws/services/lambda_/test_lambda_api.snapshot.json)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from tests.inprocess import ENDPOINT
from tests.support.functions import archive, runtime

Create = Callable[..., dict[str, Any]]


def test_a_function_from_its_creation_to_its_end(lam: Any, role: str, settle: Callable[[], None]) -> None:
    code = archive({"index.py": "def handler(event, context): ..."})
    made = lam.create_function(
        FunctionName="f",
        Runtime=runtime(),
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": code},
        Environment={"Variables": {"AB": "b"}},
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    assert made["StateReason"] == "The function is being created."
    assert "LastUpdateStatus" not in made
    assert made["FunctionArn"].endswith(":function:f")
    assert made["CodeSize"] == len(code)
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert (made["Version"], made["MemorySize"], made["Timeout"]) == ("$LATEST", 128, 3)
    assert made["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    assert made["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    settle()
    shown = lam.get_function(FunctionName="f")
    assert shown["Configuration"]["State"] == "Active"
    assert shown["Configuration"]["LastUpdateStatus"] == "Successful"
    assert "StateReason" not in shown["Configuration"]
    assert shown["Code"]["RepositoryType"] == "S3"
    assert [one["FunctionName"] for one in lam.list_functions()["Functions"]] == ["f"]
    gone = lam.delete_function(FunctionName=made["FunctionArn"])
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(
        ClientError, match=r"Function not found: arn:aws:lambda:us-east-1:111122223333:function:f"
    ):
        lam.get_function(FunctionName="f")


def test_an_update_is_settled_by_the_controller(lam: Any, create: Create, settle: Callable[[], None]) -> None:
    create("f")
    updated = lam.update_function_configuration(
        FunctionName="f", Timeout=7, Environment={"Variables": {"AB": "a"}}
    )
    assert updated["LastUpdateStatus"] == "InProgress"
    assert updated["LastUpdateStatusReasonCode"] == "Creating"
    said = "An update is in progress for resource: arn:aws:lambda:us-east-1:111122223333:function:f"
    with pytest.raises(ClientError, match=said) as refused:
        lam.update_function_code(FunctionName="f", ZipFile=archive({"index.py": "x = 1"}))
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
    settle()
    shown = lam.get_function_configuration(FunctionName="f")
    assert (shown["Timeout"], shown["LastUpdateStatus"]) == (7, "Successful")
    changed = lam.update_function_code(FunctionName="f", ZipFile=archive({"index.py": "x = 1"}))
    assert changed["CodeSha256"] != shown["CodeSha256"]
    assert changed["RevisionId"] != shown["RevisionId"]


def test_a_wrong_revision_changes_nothing(lam: Any, create: Create) -> None:
    create("f")
    before = lam.get_function_configuration(FunctionName="f")
    for call in (
        lambda: lam.update_function_configuration(FunctionName="f", Timeout=9, RevisionId="other"),
        lambda: lam.update_function_code(FunctionName="f", ZipFile=archive({"a.py": ""}), RevisionId="other"),
        lambda: lam.publish_version(FunctionName="f", RevisionId="other"),
    ):
        with pytest.raises(ClientError, match=r"PreconditionFailedException.*GetFunction/GetAlias API"):
            call()
    after = lam.get_function_configuration(FunctionName="f")
    assert {**before, "ResponseMetadata": 0} == {**after, "ResponseMetadata": 0}


def test_what_is_refused_at_creation(lam: Any, role: str, create: Create) -> None:
    create("f")
    good: dict[str, Any] = {
        "FunctionName": "g",
        "Runtime": runtime(),
        "Role": role,
        "Handler": "index.handler",
        "Code": {"ZipFile": archive({"index.py": ""})},
    }
    for changes, said in (
        ({"FunctionName": "f"}, "ResourceConflictException.*Function already exist: f"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": archive({"../a.py": ""})}}, "Could not unzip uploaded file"),
        ({"Runtime": "python3.7"}, "The runtime parameter of python3.7 is no longer supported"),
        ({"Runtime": "java21"}, "NotImplemented.*Runtime=java21"),
        ({"Environment": {"Variables": {"AB": "x" * 5000}}}, "exceeded the 4KB limit. String measured"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Role": role + "-not"}, "The role defined for the function cannot be assumed by Lambda"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "NotImplemented.*VpcConfig"),
        ({"CodeSigningConfigArn": "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-" + "0" * 17}, "NotImplem"),
        ({"Code": {"S3Bucket": "not-there-bucket", "S3Key": "k"}}, "S3 Error Code: NoSuchBucket"),
    ):  # fmt: skip
        with pytest.raises(ClientError, match=said):
            lam.create_function(**{**good, **changes})
    assert [one["FunctionName"] for one in lam.list_functions()["Functions"]] == ["f"]


def test_code_comes_from_s3(lam: Any, client: Callable[..., Any], create: Create) -> None:
    s3, code = client("s3"), archive({"index.py": "x = 2"})
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="f.zip", Body=code)
    made = create("f", Code={"S3Bucket": "code", "S3Key": "f.zip"})
    assert made["CodeSize"] == len(code)


def test_versions_and_what_their_names_mean(lam: Any, create: Create, settle: Callable[[], None]) -> None:
    create("f")
    first = lam.publish_version(FunctionName="f", Description="one")
    assert (first["Version"], first["State"], first["Description"]) == ("1", "Active", "one")
    assert lam.publish_version(FunctionName="f")["Version"] == "1"  # nothing has changed since
    lam.update_function_configuration(FunctionName="f", Timeout=8)
    settle()
    second = lam.publish_version(FunctionName="f")
    assert (second["Version"], second["FunctionArn"].rpartition(":")[2]) == ("2", "2")
    listed = lam.list_versions_by_function(FunctionName="f")["Versions"]
    assert [(one["Version"], one["Timeout"]) for one in listed] == [("$LATEST", 8), ("1", 3), ("2", 8)]
    assert lam.get_function_configuration(FunctionName="f:1")["Timeout"] == 3
    with pytest.raises(ClientError, match="The derived qualifier from the function name does not match"):
        lam.get_function(FunctionName="f:1", Qualifier="2")
    with pytest.raises(ClientError, match="function:f:9"):
        lam.get_function(FunctionName="f", Qualifier="9")
    lam.delete_function(FunctionName="f", Qualifier="2")
    lam.update_function_configuration(FunctionName="f", Timeout=9)
    settle()
    assert lam.publish_version(FunctionName="f")["Version"] == "3"  # no number comes again


def test_aliases_and_their_weights(lam: Any, create: Create, settle: Callable[[], None]) -> None:
    create("f")
    lam.publish_version(FunctionName="f")
    lam.update_function_configuration(FunctionName="f", Timeout=8)
    settle()
    lam.publish_version(FunctionName="f")
    weights = {"AdditionalVersionWeights": {"2": 0.2}}
    made = lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["Description"], made["RoutingConfig"]) == ("", weights)
    with pytest.raises(ClientError, match=r"Alias already exists: arn:.*:f:live"):
        lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    for routing, said in (
        ({"1": 0.5}, "Function version 1 is already included in routing configuration"),
        ({"2": 2.0}, r"Value '\{2=2.0\}' at 'routingConfig.additionalVersionWeights'"),
        ({"9": 0.5}, "Function not found: arn:.*:f:9"),
    ):
        with pytest.raises(ClientError, match=said):
            lam.update_alias(
                FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": routing}
            )
    moved = lam.update_alias(FunctionName="f", Name="live", FunctionVersion="2", RoutingConfig={})
    assert "RoutingConfig" not in moved
    assert lam.get_function_configuration(FunctionName="f", Qualifier="live")["Timeout"] == 8
    with pytest.raises(ClientError, match="is referenced by the following aliases: live"):
        lam.delete_function(FunctionName="f", Qualifier="2")
    assert [one["Name"] for one in lam.list_aliases(FunctionName="f", FunctionVersion="2")["Aliases"]] == [
        "live"
    ]
    lam.delete_alias(FunctionName="f", Name="live")
    lam.delete_alias(FunctionName="f", Name="live")
    with pytest.raises(ClientError, match=r"Cannot find alias arn: arn:.*:f:live"):
        lam.get_alias(FunctionName="f", Name="live")


def test_pages_and_all_versions_of_functions(lam: Any, create: Create) -> None:
    for name in ("a", "b", "c"):
        create(name)
    lam.publish_version(FunctionName="a")
    first = lam.list_functions(MaxItems=2)
    rest = lam.list_functions(MaxItems=2, Marker=first["NextMarker"])
    assert [one["FunctionName"] for one in first["Functions"] + rest["Functions"]] == ["a", "b", "c"]
    assert "NextMarker" not in rest
    every = lam.list_functions(FunctionVersion="ALL")["Functions"]
    assert [(one["FunctionName"], one["Version"]) for one in every][:2] == [("a", "$LATEST"), ("a", "1")]


def test_tags_and_their_limits(lam: Any, create: Create) -> None:
    arn = create("f", Tags={"a": "1"})["FunctionArn"]
    lam.tag_resource(Resource=arn, Tags={"b": "2"})
    lam.untag_resource(Resource=arn, TagKeys=["a", "z"])
    assert lam.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert lam.get_function(FunctionName="f")["Tags"] == {"b": "2"}
    with pytest.raises(ClientError, match="Number of tags exceeds resource tag limit"):
        lam.tag_resource(Resource=arn, Tags={f"k{number}": "v" for number in range(51)})
    with pytest.raises(ClientError, match="Tags on function aliases and versions are not supported"):
        lam.tag_resource(Resource=f"{arn}:1", Tags={"b": "2"})
    with pytest.raises(ClientError, match="Function not found"):
        lam.list_tags(Resource=f"{arn}x")


def test_layers_are_published_shown_and_used(lam: Any, create: Create) -> None:
    content = {"ZipFile": archive({"python/shared.py": "x = 1"})}
    made = lam.publish_layer_version(LayerName="l", Content=content, CompatibleRuntimes=[runtime()])
    assert (made["Version"], made["Description"]) == (1, "")
    assert made["LayerVersionArn"] == f"{made['LayerArn']}:1"
    assert lam.publish_layer_version(LayerName="l", Content=content)["Version"] == 2
    assert [one["Version"] for one in lam.list_layer_versions(LayerName="l")["LayerVersions"]] == [2, 1]
    (newest,) = lam.list_layers()["Layers"]
    assert newest["LatestMatchingVersion"]["Version"] == 2
    create("f", Layers=[made["LayerVersionArn"]])
    (used,) = lam.get_function_configuration(FunctionName="f")["Layers"]
    assert used == {"Arn": made["LayerVersionArn"], "CodeSize": made["Content"]["CodeSize"]}
    both = [made["LayerVersionArn"], f"{made['LayerArn']}:2"]
    for layers, said in (
        (both, "Two different versions of the same layer"),
        ([f"{made['LayerArn']}:9"], "does not exist"),
    ):
        with pytest.raises(ClientError, match=said):
            lam.update_function_configuration(FunctionName="f", Layers=layers)
    lam.delete_layer_version(LayerName="l", VersionNumber=2)
    assert lam.publish_layer_version(LayerName="l", Content=content)["Version"] == 3
    with pytest.raises(ClientError, match="The resource you requested does not exist"):
        lam.get_layer_version(LayerName="l", VersionNumber=2)


def test_limits_of_concurrency(lam: Any, create: Create) -> None:
    create("f")
    limits = lam.get_account_settings()
    assert limits["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    assert limits["AccountUsage"]["FunctionCount"] == 1
    assert "ReservedConcurrentExecutions" not in lam.get_function_concurrency(FunctionName="f")
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5)
    assert lam.get_function(FunctionName="f")["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    assert lam.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 995
    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]"):
        lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=901)
    with pytest.raises(ClientError, match="This operation is permitted on Lambda functions only"):
        lam.put_function_concurrency(FunctionName="f:1", ReservedConcurrentExecutions=1)
    lam.delete_function_concurrency(FunctionName="f")
    assert "Concurrency" not in lam.get_function(FunctionName="f")


def test_an_invoke_configuration_of_a_function(lam: Any, create: Create) -> None:
    create("f")
    with pytest.raises(
        ClientError, match="You must specify at least one of error handling or destination setting"
    ):
        lam.put_function_event_invoke_config(FunctionName="f")
    made = lam.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60
    )
    assert made["FunctionArn"].endswith(":f:$LATEST")
    assert made["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    changed = lam.update_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (0, 60)
    own = {"OnFailure": {"Destination": made["FunctionArn"].removesuffix(":$LATEST")}}
    with pytest.raises(ClientError, match="You can't specify the function as a destination for itself"):
        lam.put_function_event_invoke_config(FunctionName="f", DestinationConfig=own)
    assert len(lam.list_function_event_invoke_configs(FunctionName="f")["FunctionEventInvokeConfigs"]) == 1
    lam.delete_function_event_invoke_config(FunctionName="f")
    with pytest.raises(ClientError, match=r"function:f:\$LATEST doesn't have an EventInvokeConfig"):
        lam.get_function_event_invoke_config(FunctionName="f")


def test_an_archive_can_be_had_where_get_function_says(
    lam: Any, create: Create, app: Any, clock: FakeClock
) -> None:
    code = archive({"index.py": "x = 3"})
    create("f", Code={"ZipFile": code})
    location = ENDPOINT + urlsplit(lam.get_function(FunctionName="f")["Code"]["Location"]).path
    assert app.request("GET", location, {}, b"")[0::2] == (200, code)
    assert app.request("GET", location[:-4] + "AAAA", {}, b"")[0] == 403
    clock.advance(601)
    assert app.request("GET", location, {}, b"")[0] == 403


def test_everything_of_a_function_goes_with_it(lam: Any, create: Create, platform: Platform) -> None:
    create("f")
    lam.publish_version(FunctionName="f")
    lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    lam.create_function_url_config(FunctionName="f", AuthType="NONE")
    lam.add_permission(
        FunctionName="f",
        Qualifier="live",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    lam.delete_function(FunctionName="f")
    tables = ("code", "version", "alias", "policy", "url", "invoke_config", "provisioned")
    with platform.store.read() as tx:
        left = {table: tx.sql(f"SELECT COUNT(*) FROM lambda_{table}")[0][0] for table in tables}
    assert left == dict.fromkeys(tables, 0)
