"""The AWS CLI from `s3 sync` to `invoke-endpoint`: what it does, what it prints, how it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.aws_cli import Aws, AwsCli
from tests.sdk.clients import CLI, python_of
from tests.sdk.jobs import TRUST
from tests.sdk.running import run
from tests.support.images import XGBOOST
from tests.support.live import Live
from tests.support.waiting import until

pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module")
def cli(live: Live) -> Iterator[AwsCli]:
    cli = AwsCli(live)
    yield cli
    cli.close()


@pytest.fixture
def aws(cli: AwsCli, tmp_path: Path) -> Aws:
    """`aws("s3 ls")`: its output; words that hold spaces come one by one."""

    def call(line: str, *words: str, status: int = 0, input: bytes | None = None) -> str:
        return cli.run(tmp_path, *line.split(), *words, status=status, input=input)

    return call


def test_s3_commands(aws: Aws, tmp_path: Path, name: str) -> None:
    (tmp_path / "d/sub").mkdir(parents=True)
    (tmp_path / "d/a.txt").write_text("a")
    (tmp_path / "d/sub/ü b.txt").write_text("b")
    big = os.urandom(12 << 20)  # above the CLI's 8 MB: a multipart upload
    (tmp_path / "d/big.bin").write_bytes(big)
    assert f"make_bucket: {name}" in aws(f"s3 mb s3://{name}")
    assert aws(f"s3 sync d s3://{name}/p --no-progress").count("upload:") == 3
    assert aws(f"s3 sync d s3://{name}/p --no-progress") == ""
    listed = aws(f"s3 ls s3://{name}/p/ --recursive --summarize")
    assert "p/sub/ü b.txt" in listed
    assert "Total Objects: 3" in listed
    assert "PRE sub/" in aws(f"s3 ls s3://{name}/p/")
    aws(f"s3 cp s3://{name}/p/big.bin s3://{name}/copy/big.bin --no-progress")
    aws(f"s3 cp s3://{name}/copy/big.bin back.bin --no-progress")
    assert (tmp_path / "back.bin").read_bytes() == big
    aws(f"s3 mv s3://{name}/copy/big.bin s3://{name}/moved/big.bin --no-progress")
    assert "copy" not in aws(f"s3 ls s3://{name}/")
    aws(f"s3 cp - s3://{name}/streamed", input=b"from a pipe")
    assert aws(f"s3 cp s3://{name}/streamed -") == "from a pipe"
    (tmp_path / "d/a.txt").unlink()
    assert f"delete: s3://{name}/p/a.txt" in aws(f"s3 sync d s3://{name}/p --delete --no-progress")
    assert aws(f"s3 sync s3://{name}/p out --exclude *.bin --no-progress").count("download:") == 1
    aws(f"s3 rb s3://{name}", status=1)
    assert aws(f"s3 rm s3://{name} --recursive").count("delete:") == 4
    assert f"remove_bucket: {name}" in aws(f"s3 rb s3://{name}")


def test_a_presigned_address_is_all_one_needs(live: Live, bucket: str) -> None:
    """Here each command starts as a user starts it."""
    aws = (python_of(CLI), "-m", "awscli", "s3")
    run(live, *aws, "cp", "-", f"s3://{bucket}/k", input=b"signed")
    url = run(live, *aws, "presign", f"s3://{bucket}/k", "--expires-in", "60").strip()
    path = url.removeprefix(live.endpoint)
    assert live.raw("GET", path)[::2] == (200, b"signed")
    assert live.raw("GET", path.replace("Signature=", "Signature=x"))[0] == 403


def test_s3api(aws: Aws, tmp_path: Path, bucket: str) -> None:
    (tmp_path / "k").write_bytes(b"12345")
    put = json.loads(
        aws(f"s3api put-object --bucket {bucket} --key k --body k --metadata a=b --checksum-algorithm SHA256")
    )
    assert put["ChecksumSHA256"] == "WZRHGrsBESr8wYFZ9sx0tPURuZgG2lmzyvWpwXPKz8U="
    head = json.loads(aws(f"s3api head-object --bucket {bucket} --key k"))
    assert (head["ContentLength"], head["Metadata"]) == (5, {"a": "b"})
    aws(f"s3api get-object --bucket {bucket} --key k --range bytes=1-2 part")
    assert (tmp_path / "part").read_bytes() == b"23"
    assert aws(f"s3api list-objects-v2 --bucket {bucket} --query Contents[].Key --output text").strip() == "k"
    aws(f"s3api wait object-exists --bucket {bucket} --key k")
    said = aws(f"s3api get-object --bucket {bucket} --key none out", status=255)
    assert (
        "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does" in said
    )


def test_from_a_file_to_an_endpoint(aws: Aws, tmp_path: Path, bucket: str, name: str) -> None:
    (tmp_path / "trust.json").write_text(TRUST)
    role = json.loads(
        aws(f"iam create-role --role-name {name} --assume-role-policy-document file://trust.json")
    )
    arn = role["Role"]["Arn"]
    for policy in ("AmazonSageMakerFullAccess", "AmazonS3FullAccess"):
        aws(f"iam attach-role-policy --role-name {name} --policy-arn arn:aws:iam::aws:policy/{policy}")
    rows = [f"{x + 2 * y},{x},{y}" for x in range(12) for y in range(12)]
    (tmp_path / "train.csv").write_text("\n".join(rows))
    aws(f"s3 cp train.csv s3://{bucket}/train/train.csv --no-progress")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}}
    channels = json.dumps([{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}])
    aws(
        f"sagemaker create-training-job --training-job-name {name} --role-arn {arn} "
        f"--algorithm-specification TrainingImage={XGBOOST},TrainingInputMode=File "
        f"--output-data-config S3OutputPath=s3://{bucket}/out --stopping-condition MaxRuntimeInSeconds=600 "
        "--resource-config InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=1 "
        "--hyper-parameters num_round=30,objective=reg:squarederror --tags Key=team,Value=ml --input-data-config",
        channels,
    )
    describe = f"sagemaker describe-training-job --training-job-name {name} --output text --query"
    until(lambda: aws(f"{describe} TrainingJobStatus").strip() == "Completed", 60, 0.5)
    aws(f"sagemaker wait training-job-completed-or-stopped --training-job-name {name}")
    model = aws(f"{describe} ModelArtifacts.S3ModelArtifacts").strip()
    tags = json.loads(aws(f"sagemaker list-tags --resource-arn {aws(f'{describe} TrainingJobArn').strip()}"))
    assert tags == {"Tags": [{"Key": "team", "Value": "ml"}]}
    aws(
        f"sagemaker create-model --model-name {name} --execution-role-arn {arn} "
        f"--primary-container Image={XGBOOST},ModelDataUrl={model}"
    )
    aws(
        f"sagemaker create-endpoint-config --endpoint-config-name {name} --production-variants "
        f"VariantName=A,ModelName={name},InitialInstanceCount=1,InstanceType=ml.m5.large"
    )
    aws(f"sagemaker create-endpoint --endpoint-name {name} --endpoint-config-name {name}")
    status = f"sagemaker describe-endpoint --endpoint-name {name} --query EndpointStatus --output text"
    until(lambda: aws(status).strip() == "InService", 60, 0.5)
    aws(f"sagemaker wait endpoint-in-service --endpoint-name {name}")
    _invoke(aws, tmp_path, name)
    events = json.loads(
        aws(f"logs filter-log-events --log-group-name /aws/sagemaker/TrainingJobs "
            f"--log-stream-name-prefix {name} --filter-pattern rmse --max-items 2")
    )  # fmt: skip
    assert "train-rmse" in events["events"][0]["message"]
    aws(f"sagemaker delete-endpoint --endpoint-name {name}")
    gone = aws(f"sagemaker delete-endpoint-config --endpoint-config-name {name}-x", status=255)
    assert "An error occurred (ValidationException) when calling the DeleteEndpointConfig operation" in gone


def _invoke(aws: Aws, folder: Path, name: str) -> None:
    (folder / "rows.csv").write_text("1,2\n5,5\n")
    invoke = f"sagemaker-runtime invoke-endpoint --endpoint-name {name} --content-type text/csv"
    answer = json.loads(aws(f"{invoke} --body fileb://rows.csv out.csv"))
    assert answer["InvokedProductionVariant"] == "A"
    scores = [float(word) for word in (folder / "out.csv").read_text().split()]
    assert scores == pytest.approx([5, 15], abs=1)
    said = aws(f"{invoke} --body a,b out.csv", status=255)
    assert "An error occurred (ModelError) when calling the InvokeEndpoint operation" in said
    said = aws(invoke.replace(name, f"{name}-x") + " --body 1,2 out.csv", status=255)
    assert "An error occurred (ValidationError)" in said


def test_logs_metrics_and_identity(aws: Aws, name: str) -> None:
    now = datetime.now(UTC)
    millis = int(now.timestamp() * 1000)
    aws(f"logs create-log-group --log-group-name {name}")
    aws(f"logs create-log-stream --log-group-name {name} --log-stream-name s")
    events: list[dict[str, Any]] = [
        {"timestamp": millis, "message": "ERROR one"},
        {"timestamp": millis + 1, "message": "INFO two"},
    ]
    aws(f"logs put-log-events --log-group-name {name} --log-stream-name s --log-events", json.dumps(events))
    found = aws(
        f"logs filter-log-events --log-group-name {name} --filter-pattern ERROR --query events[].message --output text"
    )
    assert found.strip() == "ERROR one"
    for value in (3, 5):
        aws(f"cloudwatch put-metric-data --namespace {name} --metric-name m --value {value} --dimensions d=1")
    span = f"--start-time {(now - timedelta(minutes=5)).isoformat()} --end-time {(now + timedelta(minutes=5)).isoformat()}"
    data = json.loads(
        aws(f"cloudwatch get-metric-statistics --namespace {name} --metric-name m --dimensions Name=d,Value=1 "
            f"{span} --period 3600 --statistics Sum SampleCount Maximum")
    )  # fmt: skip
    totals = [(point["Sum"], point["SampleCount"]) for point in data["Datapoints"]]
    assert (sum(total for total, _ in totals), sum(count for _, count in totals)) == (8.0, 2.0)
    assert ":root" in aws("sts get-caller-identity --query Arn --output text")
    missing = aws("iam get-role --role-name nobody", status=255)
    assert "(NoSuchEntity) when calling the GetRole operation: The role with name nobody cannot be" in missing
