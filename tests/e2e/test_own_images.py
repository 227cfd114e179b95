"""Users' own container images in real jobs and endpoints, pushed to the platform's ECR."""

from __future__ import annotations

import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import Bench
from tests.support.image_registry import ImageRegistry, layer, member, python
from tests.support.images import SKLEARN
from tests.support.push import push
from tests.support.waiting import until

BIND = {"com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true"}
PROGRAM = """#!/bin/python3
import http.server, json, os, sys
ml = "/opt/ml/"
def train():
    given = json.load(open(ml + "input/config/hyperparameters.json"))
    lines = open(ml + "input/data/train/rows").read().split()
    json.dump({"sum": sum(map(int, lines)), **given}, open(ml + "model/model.json", "w"))
    print("trained", os.environ["TRAINING_JOB_NAME"], "sum=%d;" % sum(map(int, lines)))
def process():
    print("processing", sys.argv[1:])
    source, target = (ml + "processing/" + name for name in ("in", "out"))
    for name in os.listdir(source):
        open(target + "/" + name, "w").write(open(source + "/" + name).read().upper())
def serve():
    model = json.load(open(ml + "model/model.json"))
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *_): pass
        def do_GET(self): self.say(200 if self.path == "/ping" else 404, b"")
        def do_POST(self):
            rows = self.rfile.read(int(self.headers["Content-Length"])).split()
            factor = int(os.environ.get("FACTOR", model["sum"]))
            self.say(200, b"".join(b"%d\\n" % (int(row) * factor) for row in rows))
        def say(self, status, body):
            self.send_response(status)
            self.send_header("Content-Type", "text/csv")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    print("serving", flush=True)
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", 8080))
    http.server.ThreadingHTTPServer(("", port), Handler).serve_forever()
{"train": train, "serve": serve}.get((sys.argv + [""])[1], process)()
"""


@pytest.fixture(scope="module")
def image(bench: Bench) -> str:
    """An image that trains, serves and processes, by its URI."""
    rights = (
        "GetAuthorizationToken",
        "BatchCheckLayerAvailability",
        "BatchGetImage",
        "GetDownloadUrlForLayer",
    )
    statement = {"Effect": "Allow", "Action": [f"ecr:{name}" for name in rights], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = bench.role.rpartition("/")[2]
    bench.live.client("iam").put_role_policy(RoleName=name, PolicyName="pull", PolicyDocument=policy)
    images = ImageRegistry()
    program = layer(member("program", PROGRAM.encode()))
    digest = images.add_image(python(), program, Entrypoint=["/program"], Labels=BIND)
    return push(bench.live, images, digest, "own/model", "1")


@pytest.fixture(scope="module")
def another(bench: Bench, image: str) -> str:
    """A second image, which multiplies by 100."""
    images = ImageRegistry()
    program = layer(member("program", PROGRAM.encode()))
    digest = images.add_image(python(), program, Entrypoint=["/program"], Env=["FACTOR=100"], Labels=BIND)
    return push(bench.live, images, digest, "own/another", "1")


@pytest.fixture(scope="module")
def trained(bench: Bench, image: str) -> dict[str, Any]:
    bench.put("own/train/rows", "1 2 3")
    definitions = [{"Name": "sum", "Regex": "sum=([0-9]+);"}]
    specification = {"TrainingImage": image, "TrainingInputMode": "File", "MetricDefinitions": definitions}
    job = bench.train(
        "own-train",
        AlgorithmSpecification=specification,
        HyperParameters={"depth": "4"},
        InputDataConfig=[bench.channel(bench.uri("own/train/"))],
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job


def test_an_image_trains(bench: Bench, trained: dict[str, Any]) -> None:
    assert bench.archive("out/own-train/output/model.tar.gz") == {"model.json": b'{"sum": 6, "depth": "4"}'}
    assert trained["FinalMetricDataList"][0]["Value"] == 6
    told = [one["Status"] for one in trained["SecondaryStatusTransitions"]]
    assert told == ["Starting", "Downloading", "Training", "Uploading", "Completed"]


def test_what_a_job_ran_with_names_its_image_by_digest(
    bench: Bench, image: str, trained: dict[str, Any]
) -> None:
    ecr = bench.live.client("ecr")
    asked = {"repositoryName": "own/model", "imageIds": [{"imageTag": "1"}]}
    digest = ecr.describe_images(**asked)["imageDetails"][0]["imageDigest"]

    def record() -> dict[str, Any] | None:
        found = bench.sm.list_artifacts(SourceUri=trained["TrainingJobArn"])["ArtifactSummaries"]
        return bench.sm.describe_artifact(ArtifactArn=found[0]["ArtifactArn"]) if found else None

    assert until(record)["Properties"]["Image:digest"] == digest


def test_an_image_processes(bench: Bench, image: str) -> None:
    bench.put("own/in/a.txt", "text")
    bench.sm.create_processing_job(
        ProcessingJobName="own-process",
        RoleArn=bench.role,
        AppSpecification={"ImageUri": image, "ContainerArguments": ["--x", "1"]},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        ProcessingInputs=[
            {
                "InputName": "in",
                "S3Input": {
                    "S3Uri": bench.uri("own/in/"),
                    "LocalPath": "/opt/ml/processing/in",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "out",
                    "S3Output": {
                        "S3Uri": bench.uri("own/out"),
                        "LocalPath": "/opt/ml/processing/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    )
    job = bench.processed("own-process")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert bench.get("own/out/a.txt") == b"TEXT"


def test_an_image_serves(bench: Bench, image: str, trained: dict[str, Any]) -> None:
    shown = bench.deploy("own", Image=image, ModelDataUrl=trained["ModelArtifacts"]["S3ModelArtifacts"])
    assert shown["EndpointStatus"] == "InService", shown.get("FailureReason")
    answer = bench.runtime.invoke_endpoint(EndpointName="own", Body=b"7", ContentType="text/csv")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"42\n", "text/csv")
    bench.remove_endpoint("own")


def test_two_variants_serve_two_images_at_once(
    bench: Bench, image: str, another: str, trained: dict[str, Any]
) -> None:
    """Both listen on port 8080, each in a network of its own."""
    data = trained["ModelArtifacts"]["S3ModelArtifacts"]
    variants = []
    for name, uri in (("own-first", image), ("own-second", another)):
        container = {"Image": uri, "ModelDataUrl": data}
        bench.sm.create_model(ModelName=name, ExecutionRoleArn=bench.role, PrimaryContainer=container)
        size = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        variants.append({"VariantName": name, "ModelName": name, **size})
    bench.sm.create_endpoint_config(EndpointConfigName="own-two", ProductionVariants=variants)
    bench.sm.create_endpoint(EndpointName="own-two", EndpointConfigName="own-two")
    bench.settled("own-two")
    for _ in range(3):
        for name, said in (("own-first", b"42\n"), ("own-second", b"700\n")):
            asked = {"EndpointName": "own-two", "TargetVariant": name, "Body": b"7"}
            answer = bench.runtime.invoke_endpoint(**asked)
            assert (answer["Body"].read(), answer["InvokedProductionVariant"]) == (said, name)
    bench.remove_endpoint("own-two")


# A built-in image's script, whose answer the next container reads.
SCRIPT = """
def model_fn(folder):
    return None
def input_fn(body, content_type):
    return [int(row) for row in body.split()]
def predict_fn(rows, model):
    return [row + 1 for row in rows]
def output_fn(rows, accept):
    return "".join(f"{row}\\n" for row in rows), "text/csv"
"""


def test_an_inference_pipeline_of_users_own_images_and_aws(
    bench: Bench, image: str, another: str, trained: dict[str, Any]
) -> None:
    """(7 * 6 + 1) * 100: two images of users' own, and one of AWS's between them."""
    script = {
        "Image": SKLEARN,
        "ModelDataUrl": bench.pack("own/script.tar.gz", {"code/inference.py": SCRIPT}),
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    }
    first = {"Image": image, "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"]}
    last = {"Image": another, "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"]}
    bench.sm.create_model(ModelName="own-line", ExecutionRoleArn=bench.role, Containers=[first, script, last])
    shown = bench.serve("own-line")
    assert shown["EndpointStatus"] == "InService", shown.get("FailureReason")
    answer = bench.runtime.invoke_endpoint(EndpointName="own-line", Body=b"7", ContentType="text/csv")
    assert answer["Body"].read() == b"4300\n"
    with pytest.raises(ClientError, match=r"error \(502\) from container-1 .*did not answer"):
        bench.runtime.invoke_endpoint(EndpointName="own-line", Body=b"no number", ContentType="text/csv")
    bench.remove_endpoint("own-line")


def test_an_image_in_a_pipeline_needs_its_label(bench: Bench, image: str) -> None:
    images = ImageRegistry()
    bare = images.add_image(layer(member("x")), Entrypoint=["/x"])
    uri = push(bench.live, images, bare, "own/bare")
    bench.sm.create_model(
        ModelName="own-bare", ExecutionRoleArn=bench.role, Containers=[{"Image": image}, {"Image": uri}]
    )
    shown = bench.serve("own-bare")
    assert shown["EndpointStatus"] == "Failed"
    assert "capabilities.accept-bind-to-port=true Docker label(s)." in shown["FailureReason"]
    bench.remove_endpoint("own-bare")


def test_an_image_transforms(bench: Bench, image: str, trained: dict[str, Any]) -> None:
    bench.put("own/batch/a.csv", "1\n2\n3\n")
    container = {"Image": image, "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"]}
    bench.sm.create_model(ModelName="own-batch", ExecutionRoleArn=bench.role, PrimaryContainer=container)
    bench.sm.create_transform_job(
        TransformJobName="own-batch",
        ModelName="own-batch",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": bench.uri("own/batch/")}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": bench.uri("own/batched"), "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = bench.transformed("own-batch")
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert bench.get("own/batched/a.csv.out") == b"6\n12\n18\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing/here:1", "Cannot find repository: nothing/here in registry ID: "),
        ("own/model:2", "with tag: 2 and digest: null. Please check if your ECR image exists and role "),
    ],
)
def test_an_image_that_is_not_there_is_refused(bench: Bench, image: str, name: str, said: str) -> None:
    """aws/amazon-sagemaker-examples, issues 2534 and 2450."""
    uri = f"{image.partition('/')[0]}/{name}"
    with pytest.raises(ClientError) as caught:
        bench.start_training("own-missing", image=uri)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert said in str(caught.value)
    with pytest.raises(ClientError, match=r"Requested image .* not found"):
        bench.sm.create_model(
            ModelName="own-missing", ExecutionRoleArn=bench.role, PrimaryContainer={"Image": uri}
        )


def test_what_an_image_cannot_do_is_the_jobs_reason(bench: Bench, image: str) -> None:
    images = ImageRegistry()
    uri = push(bench.live, images, images.add_image(layer(member("x"))), "own/empty")
    job = bench.train("own-empty", image=uri)
    assert job["TrainingJobStatus"] == "Failed"
    assert "CannotStartContainerError" in job["FailureReason"]
    assert "'train': executable file not found in $PATH" in job["FailureReason"]


@pytest.mark.parametrize(
    ("evil", "said"),
    [
        (member("../../etc/x"), "illegal name '../../etc/x' in a layer"),
        (member("etc/.wh..."), "illegal whiteout '.wh...' in a layer"),
        (member("etc/x", uid=1 << 40), "the header of 'etc/x' in a layer"),
    ],
)
def test_an_image_that_would_do_harm_is_the_jobs_reason(
    bench: Bench, image: str, evil: tuple[tarfile.TarInfo, bytes], said: str
) -> None:
    images = ImageRegistry()
    name = f"evil-{len(said)}"
    uri = push(bench.live, images, images.add_image(layer(evil), Entrypoint=["x"]), f"own/{name}")
    job = bench.train(f"own-{name}", image=uri)
    assert job["TrainingJobStatus"] == "Failed"
    assert "cannot be unpacked: " in job["FailureReason"]
    assert said in job["FailureReason"]
