"""The platform that live suites share: real processes, a real executor, a bucket, a role, and short words for jobs."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.images import SKLEARN, XGBOOST
from tests.support.live import Live
from tests.support.live_jobs import end_all_work
from tests.support.waiting import until

OVER = ("Completed", "Failed", "Stopped")


class Bench:
    """Clients of a live platform and the smallest requests for its jobs."""

    def __init__(self, live: Live, role: str) -> None:
        self.live = live
        self.sm, self.s3 = live.client("sagemaker"), live.client("s3")
        self.runtime = live.client("sagemaker-runtime")
        self.role = role
        self.bucket = "e2e"
        self.s3.create_bucket(Bucket=self.bucket)

    # S3 -----------------------------------------------------------------------------------------------------------
    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def put(self, key: str, body: bytes | str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [entry["Key"].removeprefix(prefix) for entry in found]

    def archive(self, key: str) -> dict[str, bytes]:
        """The files of a tar.gz in S3."""
        with tarfile.open(fileobj=io.BytesIO(self.get(key))) as archive:
            files = [member for member in archive.getmembers() if member.isfile()]
            return {member.name.removeprefix("./"): archive.extractfile(member).read() for member in files}

    def pack(self, key: str, files: dict[str, str]) -> str:
        """A tar.gz of texts, put to S3."""
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w:gz") as archive:
            for name, text in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
        return self.put(key, whole.getvalue())

    # training -----------------------------------------------------------------------------------------------------
    def channel(self, uri: str, name: str = "train", kind: str = "S3Prefix", **more: Any) -> dict[str, Any]:
        spread = {"S3DataDistributionType": more.pop("spread", "FullyReplicated")}
        source = {"S3DataType": kind, "S3Uri": uri, **spread}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}

    def start_training(
        self, name: str, *, shell: str = "", image: str = SKLEARN, hosts: int = 1, **more: Any
    ) -> None:
        """`shell`: what the container runs in the place of the image's own program."""
        specification = {"TrainingImage": image, "TrainingInputMode": more.pop("mode", "File")}
        if shell:
            specification |= {"ContainerEntrypoint": ["/bin/bash", "-c", shell]}
        self.sm.create_training_job(
            **{
                "TrainingJobName": name,
                "AlgorithmSpecification": specification,
                "RoleArn": self.role,
                "OutputDataConfig": {"S3OutputPath": self.uri("out")},
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": hosts,
                    "VolumeSizeInGB": more.pop("volume", 5),
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": more.pop("seconds", 60)},
                **more,
            }
        )

    def trained(self, name: str, seconds: float = 60) -> dict[str, Any]:
        """The description of a training job once it has ended."""
        return until(
            lambda: self._over(self.sm.describe_training_job(TrainingJobName=name), "Training"), seconds
        )

    def train(self, name: str, **more: Any) -> dict[str, Any]:
        self.start_training(name, **more)
        return self.trained(name)

    def _over(self, job: dict[str, Any], kind: str) -> dict[str, Any] | None:
        return job if job[f"{kind}JobStatus"] in OVER else None

    def running(self, name: str) -> None:
        """Wait until a training job's program has started."""
        until(lambda: self.sm.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training")

    # the rest -----------------------------------------------------------------------------------------------------
    def processed(self, name: str) -> dict[str, Any]:
        return until(
            lambda: self._over(self.sm.describe_processing_job(ProcessingJobName=name), "Processing"), 60
        )

    def transformed(self, name: str) -> dict[str, Any]:
        return until(
            lambda: self._over(self.sm.describe_transform_job(TransformJobName=name), "Transform"), 90
        )

    def deploy(self, name: str, **container: Any) -> dict[str, Any]:
        """The description of an endpoint of one container once it serves or has failed."""
        self.sm.create_model(ModelName=name, ExecutionRoleArn=self.role, PrimaryContainer=container)
        return self.serve(name)

    def serve(self, name: str, **more: Any) -> dict[str, Any]:
        """The same for a model that is there already."""
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        self.sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **more)
        self.sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return self.settled(name)

    def settled(self, name: str) -> dict[str, Any]:
        """The description of an endpoint once it serves or has failed."""

        def settled() -> dict[str, Any] | None:
            found = self.sm.describe_endpoint(EndpointName=name)
            return found if found["EndpointStatus"] != "Creating" else None

        return until(settled, 60)

    def remove_endpoint(self, name: str) -> None:
        self.sm.delete_endpoint(EndpointName=name)
        until(lambda: not self.sm.list_endpoints(NameContains=name)["Endpoints"], 40)


@pytest.fixture(scope="module")
def live(shared_live: Live) -> Iterator[Live]:
    yield shared_live
    end_all_work(shared_live)


@pytest.fixture(scope="session")
def session_bench(shared_live: Live, jobs_role: str) -> Bench:
    return Bench(shared_live, jobs_role)


@pytest.fixture(scope="module")
def bench(live: Live, session_bench: Bench) -> Bench:
    return session_bench


def csv_rows(count: int = 120) -> str:
    """Rows `2a + b, a, b` without a header: the label first, as the algorithm wants it."""
    return "".join(f"{2 * (n % 7) + n % 5},{n % 7},{n % 5}\n" for n in range(count))


@pytest.fixture(scope="session")
def model(session_bench: Bench) -> str:
    """An XGBoost model in S3, trained here."""
    bench = session_bench
    bench.put("csv/train.csv", csv_rows())
    job = bench.train(
        "xgb-csv",
        image=XGBOOST,
        HyperParameters={"num_round": "5", "objective": "reg:squarederror"},
        InputDataConfig=[bench.channel(bench.uri("csv/"), ContentType="text/csv")],
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job["ModelArtifacts"]["S3ModelArtifacts"]
