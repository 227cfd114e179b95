"""AWS Lambda: an input for every operation that answers. Names mean those of the caller's account and region."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World
from tests.support.functions import TRUST, archive, runtime

_CODE = archive({"index.py": f"# {MARKER}\ndef handler(event, context): ...\n"})


def role(w: World) -> str:
    def make(w: World) -> str:
        made = w.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(TRUST))
        return made["Role"]["Arn"]

    return w.once("role", make)


def given(w: World) -> Params:
    """What a function is created with, by a name of its own."""
    return {
        "FunctionName": w.fresh("f"),
        "Runtime": runtime(),
        "Role": role(w),
        "Handler": "index.handler",
        "Code": {"ZipFile": _CODE},
    }


def function(w: World) -> Params:
    """A new function of the owner's that is active."""
    made = w.client("lambda").create_function(**given(w), Description=MARKER, Tags={"note": MARKER})
    w.turn(2)
    return {"FunctionName": made["FunctionName"]}


def the_function(w: World) -> Params:
    return w.once("function", function)


def version(w: World) -> Params:
    made = function(w)
    w.client("lambda").publish_version(**made, Description=MARKER)
    return {**made, "Qualifier": "1"}


def alias(w: World) -> Params:
    made = function(w)
    w.client("lambda").publish_version(**made)
    w.client("lambda").create_alias(**made, Name="live", FunctionVersion="1", Description=MARKER)
    return {**made, "Name": "live"}


def arn(w: World) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{the_function(w)['FunctionName']}"


def permitted(w: World) -> Params:
    made = function(w)
    statement = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    w.client("lambda").add_permission(**made, **statement, SourceAccount=ACCOUNT)
    return made


def url(w: World) -> Params:
    made = function(w)
    w.client("lambda").create_function_url_config(**made, AuthType="AWS_IAM")
    return made


def events(w: World) -> Params:
    made = function(w)
    w.client("lambda").put_function_event_invoke_config(**made, MaximumRetryAttempts=1)
    return made


def provisioned(w: World) -> Params:
    made = version(w)
    w.client("lambda").put_provisioned_concurrency_config(**made, ProvisionedConcurrentExecutions=1)
    return made


def layer(w: World) -> Params:
    named = {"LayerName": w.fresh("l")}
    w.client("lambda").publish_layer_version(**named, Description=MARKER, Content={"ZipFile": _CODE})
    return {**named, "VersionNumber": 1}


def layer_permitted(w: World) -> Params:
    made = layer(w)
    statement = {"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": ACCOUNT}
    w.client("lambda").add_layer_version_permission(**made, **statement)
    return made


def layer_arn(w: World) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:{layer(w)['LayerName']}:1"


def stored(w: World) -> Params:
    """An archive in a bucket of the owner's, which a stranger may not read."""

    def make(w: World) -> Params:
        w.client("s3").create_bucket(Bucket="code")
        w.client("s3").put_object(Bucket="code", Key="layer.zip", Body=_CODE)
        return {"S3Bucket": "code", "S3Key": "layer.zip"}

    return w.once("stored", make)


def given_mapping(w: World) -> Params:
    """A new queue that a new function of the owner's is given."""
    allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    w.client("iam").put_role_policy(
        RoleName=role(w).rpartition("/")[2], PolicyName="p", PolicyDocument=policy
    )
    name = w.fresh("q")
    w.client("sqs").create_queue(QueueName=name)
    return {"EventSourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}", **the_function(w)}


def mapping(w: World) -> Params:
    made = w.client("lambda").create_event_source_mapping(**given_mapping(w))
    w.turn(2)
    return {"UUID": made["UUID"]}


def plus(make: Callable[[World], Params], **more: Any) -> Callable[[World], Params]:
    return lambda w: {**make(w), **more}


_DRY = {"InvocationType": "DryRun"}
_STATEMENT = {"StatementId": "t", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}

CASES = {
    "CreateFunction": Case(given, Outcome.REFUSED),
    "GetFunction": Case(the_function, Outcome.MISSING),
    "GetFunctionConfiguration": Case(the_function, Outcome.MISSING),
    "ListFunctions": Case(lambda w: the_function(w) and {}, Outcome.OWN),
    "UpdateFunctionConfiguration": Case(plus(function, Timeout=4), Outcome.MISSING),
    "UpdateFunctionCode": Case(plus(function, ZipFile=_CODE), Outcome.MISSING),
    "DeleteFunction": Case(function, Outcome.MISSING),
    "PublishVersion": Case(function, Outcome.MISSING),
    "ListVersionsByFunction": Case(lambda w: {"FunctionName": version(w)["FunctionName"]}, Outcome.MISSING),
    "CreateAlias": Case(plus(function, Name="a", FunctionVersion="$LATEST"), Outcome.MISSING),
    "GetAlias": Case(alias, Outcome.MISSING),
    "UpdateAlias": Case(plus(alias, Description="x"), Outcome.MISSING),
    "DeleteAlias": Case(alias, Outcome.OWN),
    "ListAliases": Case(lambda w: {"FunctionName": alias(w)["FunctionName"]}, Outcome.MISSING),
    "TagResource": Case(lambda w: {"Resource": arn(w), "Tags": {"a": "b"}}),
    "UntagResource": Case(lambda w: {"Resource": arn(w), "TagKeys": ["a"]}),
    "ListTags": Case(lambda w: {"Resource": arn(w)}),
    "AddPermission": Case(plus(function, **_STATEMENT), Outcome.MISSING),
    "RemovePermission": Case(plus(permitted, StatementId="s"), Outcome.MISSING),
    "GetPolicy": Case(permitted, Outcome.MISSING),
    "PutFunctionConcurrency": Case(plus(function, ReservedConcurrentExecutions=1), Outcome.MISSING),
    "GetFunctionConcurrency": Case(the_function, Outcome.MISSING),
    "DeleteFunctionConcurrency": Case(function, Outcome.MISSING),
    "PutProvisionedConcurrencyConfig": Case(
        plus(version, ProvisionedConcurrentExecutions=1), Outcome.MISSING
    ),
    "GetProvisionedConcurrencyConfig": Case(provisioned, Outcome.MISSING),
    "DeleteProvisionedConcurrencyConfig": Case(provisioned, Outcome.MISSING),
    "ListProvisionedConcurrencyConfigs": Case(the_function, Outcome.MISSING),
    "PutFunctionEventInvokeConfig": Case(plus(function, MaximumRetryAttempts=1), Outcome.MISSING),
    "UpdateFunctionEventInvokeConfig": Case(plus(events, MaximumRetryAttempts=0), Outcome.MISSING),
    "GetFunctionEventInvokeConfig": Case(events, Outcome.MISSING),
    "DeleteFunctionEventInvokeConfig": Case(events, Outcome.MISSING),
    "ListFunctionEventInvokeConfigs": Case(events, Outcome.MISSING),
    "CreateFunctionUrlConfig": Case(plus(function, AuthType="NONE"), Outcome.MISSING),
    "UpdateFunctionUrlConfig": Case(plus(url, AuthType="NONE"), Outcome.MISSING),
    "GetFunctionUrlConfig": Case(url, Outcome.MISSING),
    "DeleteFunctionUrlConfig": Case(url, Outcome.MISSING),
    "ListFunctionUrlConfigs": Case(url, Outcome.MISSING),
    "GetFunctionRecursionConfig": Case(the_function, Outcome.MISSING),
    "PutFunctionRecursionConfig": Case(plus(function, RecursiveLoop="Allow"), Outcome.MISSING),
    "GetRuntimeManagementConfig": Case(the_function, Outcome.MISSING),
    "PublishLayerVersion": Case(lambda w: {"LayerName": w.fresh("l"), "Content": stored(w)}),
    "GetLayerVersion": Case(layer, Outcome.MISSING),
    "GetLayerVersionByArn": Case(lambda w: {"Arn": layer_arn(w)}, action="GetLayerVersion"),
    "DeleteLayerVersion": Case(layer, Outcome.OWN),
    "ListLayers": Case(lambda w: layer(w) and {}, Outcome.OWN),
    "ListLayerVersions": Case(lambda w: {"LayerName": layer(w)["LayerName"]}, Outcome.OWN),
    "AddLayerVersionPermission": Case(
        plus(layer, StatementId="s", Action="lambda:GetLayerVersion", Principal=ACCOUNT), Outcome.MISSING
    ),
    "RemoveLayerVersionPermission": Case(plus(layer_permitted, StatementId="s"), Outcome.MISSING),
    "GetLayerVersionPolicy": Case(layer_permitted, Outcome.MISSING),
    "CreateEventSourceMapping": Case(given_mapping, Outcome.MISSING),
    "GetEventSourceMapping": Case(mapping, Outcome.MISSING),
    "UpdateEventSourceMapping": Case(plus(mapping, BatchSize=2), Outcome.MISSING),
    "DeleteEventSourceMapping": Case(mapping, Outcome.MISSING),
    "ListEventSourceMappings": Case(lambda w: mapping(w) and {}, Outcome.OWN),
    "GetAccountSettings": Case(lambda w: {}, Outcome.OWN),
    "Invoke": Case(plus(the_function, **_DRY), Outcome.MISSING, action="InvokeFunction"),
    "InvokeAsync": Case(plus(the_function, InvokeArgs=b"{}"), Outcome.MISSING, action="InvokeFunction"),
    "InvokeWithResponseStream": Case(plus(the_function, **_DRY), Outcome.MISSING, action="InvokeFunction"),
}
