"""Input against the model, in AWS's sentences. Recorded: shared/recorded, by service; constraints: botocore's models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.wire import ServiceModel, load

TRAINING_JOB: dict[str, Any] = {
    "TrainingJobName": "job-1",
    "RoleArn": "arn:aws:iam::123456789012:role/SageMaker",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
}


def refusal(service: str, operation: str, params: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        load(service).operations[operation].check(params)
    return caught.value


def test_good_input_passes() -> None:
    load("sagemaker").operations["CreateTrainingJob"].check(TRAINING_JOB)


def test_a_pattern() -> None:
    error = refusal("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "bad_name!"})
    assert error.code == "ValidationException"
    assert error.status == 400
    assert error.message == (
        "1 validation error detected: Value 'bad_name!' at 'trainingJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_a_missing_member() -> None:
    # recorded/lambda_: Value null at 'tagKeys'
    error = refusal(
        "lambda", "UntagResource", {"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    )
    assert error.message == (
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"
    )


def test_a_number_too_large() -> None:
    # recorded/kms
    error = refusal("kms", "GenerateRandom", {"NumberOfBytes": 1025})
    assert error.message == (
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024"
    )


def test_an_enum() -> None:
    error = refusal("sagemaker", "ListTrainingJobs", {"SortOrder": "Sideways"})
    assert error.message == (
        "1 validation error detected: Value 'Sideways' at 'sortOrder' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Ascending, Descending]"
    )


def test_errors_are_counted_and_joined() -> None:
    error = refusal(
        "sagemaker", "CreateTrainingJob", {**TRAINING_JOB, "TrainingJobName": "!", "RoleArn": "x"}
    )
    assert error.message.startswith("3 validation errors detected: Value ")
    assert error.message.count("; Value ") == 2


def test_members_of_a_structure_in_a_list() -> None:
    # recorded/events: at 'targets.1.member.id'
    error = refusal(
        "events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "!@#$@!#$", "Arn": "arn:aws:sqs:x"}]}
    )
    assert error.message == (
        "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"
    )


def test_a_list_of_scalars_is_refused_as_a_list() -> None:
    # recorded/lambda_: Value '[<subnet_id_2>]' at 'vpcConfig.subnetIds' ... Member must satisfy constraint: [...]
    subnets = {"SecurityGroupIds": ["sg-1"], "Subnets": ["a b"]}
    error = refusal("sagemaker", "CreateTrainingJob", {**TRAINING_JOB, "VpcConfig": subnets})
    assert error.message == (
        "1 validation error detected: Value '[a b]' at 'vpcConfig.subnets' failed to satisfy constraint: Member must "
        "satisfy constraint: [Member must have length less than or equal to 32, Member must have length greater than "
        "or equal to 0, Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    )


def test_the_length_of_a_list() -> None:
    # recorded/stepfunctions (ValidationException): routingConfiguration ... length less than or equal to 2
    params = {
        "name": "a",
        "routingConfiguration": [{"stateMachineVersionArn": f"arn:{n}", "weight": 1} for n in "123"],
    }
    error = refusal("stepfunctions", "CreateStateMachineAlias", params)
    assert error.message == (
        "1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn=arn:1, weight=1), "
        "RoutingConfigurationListItem(stateMachineVersionArn=arn:2, weight=1), "
        "RoutingConfigurationListItem(stateMachineVersionArn=arn:3, weight=1)]' at 'routingConfiguration' failed to "
        "satisfy constraint: Member must have length less than or equal to 2"
    )


def test_the_keys_and_values_of_a_map() -> None:
    # recorded/lambda_: Map keys must satisfy constraint; Map value must satisfy constraint
    given = {"FunctionName": "f", "Name": "a", "FunctionVersion": "1"}
    weights = {"AdditionalVersionWeights": {"$LATEST": 0.5}}
    error = refusal("lambda", "CreateAlias", {**given, "RoutingConfig": weights})
    assert error.message == (
        "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to "
        "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
        "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
    )
    error = refusal(
        "lambda", "CreateAlias", {**given, "RoutingConfig": {"AdditionalVersionWeights": {"2": 2.0}}}
    )
    assert "Value '{2=2.0}'" in error.message
    assert (
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0"
        in error.message
    )


def test_a_structure_in_a_map() -> None:
    # recorded/sns: Value null at 'messageAttributes.attr1.member.dataType'
    params = {"Message": "m", "MessageAttributes": {"attr1": {"StringValue": "x"}}}
    error = refusal("sns", "Publish", params)
    assert error.code == "ValidationError"
    assert "Value null at 'messageAttributes.attr1.member.dataType'" in error.message


def test_only_the_first_letter_of_a_member_is_lowered() -> None:
    error = refusal(
        "sagemaker",
        "CreateNotebookInstance",
        {
            "InstanceType": "ml.t3.medium",
            "RoleArn": TRAINING_JOB["RoleArn"],
            "NotebookInstanceName": "n",
            "KmsKeyId": "a b",
        },
    )
    assert "at 'kmsKeyId'" in error.message


def test_a_secret_is_not_quoted() -> None:
    """KMS of a sensitive member: "Value at 'plaintext' failed ..." (getmoto/moto's tests that are verified on AWS)."""
    error = refusal("kms", "Encrypt", {"KeyId": "k", "Plaintext": b""})
    assert error.message == (
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1"
    )
    error = refusal("kms", "Encrypt", {"KeyId": "k" * 2049, "Plaintext": b"x"})
    assert "Value 'kkk" in error.message


def test_sts_quotes_the_value() -> None:
    """recorded/sts: test_sts_invalid_parameters, invalid-session-name."""
    error = refusal(
        "sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "Session1:2"}
    )
    assert error.code == "ValidationError"
    assert error.message == (
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: [\\w+=,.@-]*"
    )


TAG = {"Key": "k", "Value": "MOJ D&T"}


@pytest.mark.parametrize(
    ("operation", "params", "said"),
    [
        # recorded/iam
        (
            "ResetServiceSpecificCredential",
            {"ServiceSpecificCredentialId": "totally-wrong-credential-id-with-hyphens"},
            "Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [\\w]+",
        ),
        # juspay/hyperswitch-suite#323
        (
            "TagUser",
            {"UserName": "u", "Tags": [TAG]},
            "Value at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression "
            "pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
        ),
        (
            "GetRole",
            {"RoleName": "r" * 65},
            "Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
        ),
        ("GetRole", {}, "Value at 'roleName' failed to satisfy constraint: Member must not be null"),
    ],
)
def test_iam_quotes_no_value_at_all(operation: str, params: dict[str, Any], said: str) -> None:
    """Since 2025; before, it quoted them as others do (in 2024: ministryofjustice/cloud-platform-environments#22667)."""
    assert refusal("iam", operation, params).message == f"1 validation error detected: {said}"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        # aws-amplify/amplify-cli#9120
        (
            {"RoleName": "no spaces"},
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the "
            "following: +=,.@_-",
        ),
        # serverless/serverless#3802
        (
            {"RoleName": "r", "Path": "p"},
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
            "characters and/or / characters.",
        ),
        (
            {"RoleName": "no spaces" * 10},
            "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length "
            "less than or equal to 64",
        ),
    ],
)
def test_iam_has_words_of_its_own_for_names_and_paths(params: dict[str, Any], said: str) -> None:
    error = refusal("iam", "CreateRole", {"AssumeRolePolicyDocument": "{}", **params})
    assert (error.code, error.message) == ("ValidationError", said)


def test_who_quotes_values_and_who_does_not(shared: Path) -> None:
    """Every sentence that was recorded: of IAM without a value, of all others with one."""
    found = {
        (file.relative_to(shared / "recorded").parts[0], quoted)
        for file in (shared / "recorded").rglob("*.json")
        for quoted in re.findall(r"detected: Value( null| '|)", file.read_text())
    }
    silent = {service for service, quoted in found if not quoted}
    assert silent == {"iam"}
    assert {service for service, quoted in found if quoted}.isdisjoint(silent)
    assert load("iam").metadata["hidesValues"]


def test_a_null_in_a_list() -> None:
    error = refusal("sagemaker", "DeleteTags", {"ResourceArn": "arn:aws:sagemaker:::x", "TagKeys": [None]})
    assert "Member must not be null]" in error.message
    assert "Value '[null]' at 'tagKeys'" in error.message


def test_nothing_is_asked_of_a_payload_that_streams() -> None:
    async def body() -> Any:
        yield b""

    load("s3").operations["PutObject"].check({"Bucket": "b", "Key": "k", "Body": body()})


def test_nulls_and_unknown_members_are_passed_over() -> None:
    load("sagemaker").operations["CreateTrainingJob"].check(
        {**TRAINING_JOB, "VpcConfig": None, "Nonsense": object()}
    )


def test_a_shape_that_holds_itself_is_checked_all_the_way_down() -> None:
    description = {
        "metadata": {"protocol": "json", "apiVersion": "1"},
        "operations": {"Op": {"name": "Op", "input": {"shape": "Tree"}}},
        "shapes": {
            "Tree": {"type": "structure", "members": {"Left": {"shape": "Tree"}, "Name": {"shape": "Name"}}},
            "Name": {"type": "string", "max": 3},
        },
    }
    check = ServiceModel("trees", description).operations["Op"].check
    check({"Left": {"Left": {"Name": "abc"}}})
    with pytest.raises(AwsError, match=r"'left\.left\.name'"):
        check({"Left": {"Left": {"Name": "abcd"}}})
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"Left": deep}
    with pytest.raises(AwsError, match="nested too deeply"):
        check(deep)


# ------------------------------------------------------------------------------------------------------------ S3


def test_s3_calls_a_bad_body_malformed() -> None:
    # recorded/s3: MalformedXML for a lifecycle rule without its status
    rules = {"Rules": [{"ID": "a", "Filter": {"Prefix": ""}}]}
    error = refusal("s3", "PutBucketLifecycleConfiguration", {"Bucket": "b", "LifecycleConfiguration": rules})
    assert error.code == "MalformedXML"
    assert (
        error.message
        == "The XML you provided was not well-formed or did not validate against our published schema"
    )


def test_s3_names_the_argument_that_is_invalid() -> None:
    # recorded/s3, test_s3_bucket_acl_exceptions
    error = refusal("s3", "PutBucketAcl", {"Bucket": "b", "ACL": "fake-acl"})
    assert error.code == "InvalidArgument"
    assert error.members == {"ArgumentName": "x-amz-acl", "ArgumentValue": "fake-acl"}
    error = refusal("s3", "ListObjectsV2", {"Bucket": "b", "EncodingType": "value"})
    assert error.message == "Invalid Encoding Method specified in Request"
    error = refusal("s3", "CreateBucket", {"Bucket": "b", "ObjectOwnership": "RandomValue"})
    assert error.message == "Invalid x-amz-object-ownership header: RandomValue"


def test_s3_has_a_code_for_storage_classes() -> None:
    error = refusal("s3", "PutObject", {"Bucket": "b", "Key": "k", "StorageClass": "COLD"})
    assert (error.code, error.status) == ("InvalidStorageClass", 400)


def test_violations_end_after_a_hundred() -> None:
    given = {"EndpointConfigName": "c", "ProductionVariants": [{}] * 100_000}
    error = refusal("sagemaker", "CreateEndpointConfig", given)
    assert error.message.startswith("100 validation errors detected: ")
    assert len(error.message) < 30_000
    error = refusal("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{}] * 100_000})
    assert error.message.count("\n") == 99
    given = {"Namespace": "n", "MetricData": [{"MetricName": "m", "Values": [None] * 100_000}]}
    assert refusal("cloudwatch", "PutMetricData", given).message.count("\n") == 99


@pytest.mark.parametrize(
    ("params", "quoted"),
    [
        ({"TrainingJobName": "_" * 100_000}, "'" + "_" * 1024 + "...'"),
        ({"TrainingJobName": "a", "Tags": [{"Key": "k" * 2000, "Value": "v"}] * 60}, "k" * 900),
    ],
)
def test_a_long_value_is_cut(params: dict[str, Any], quoted: str) -> None:
    error = refusal("sagemaker", "CreateTrainingJob", params)
    assert quoted in error.message
    assert len(error.message) < 100_000
