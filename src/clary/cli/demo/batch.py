"""The demo's batch transform: the same rows through a job, compared with the endpoint's answers."""

from __future__ import annotations

from clary.cli.demo.cloud import Cloud, finished, wait
from clary.cli.demo.journey import Progress, StepFailed
from clary.cli.demo.preparing import INSTANCE
from clary.cli.demo.serving import Answer, Served, parsed

LOG_GROUP = "/aws/sagemaker/TransformJobs"
# Answers are 32-bit floats written as text.
_ALLOWED = 1e-5


def transform(cloud: Cloud, served: Served, progress: Progress) -> float:
    """Run the job; return the largest difference from the endpoint's answers. Raise StepFailed if it is too
    large."""
    job = cloud.name("transform")
    cloud.sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=cloud.name("model"),
        BatchStrategy="MultiRecord",
        TransformInput={
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": cloud.uri("test", "test.csv")}
            },
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": cloud.uri("scores"), "AssembleWith": "Line", "Accept": "text/csv"},
        TransformResources={"InstanceType": INSTANCE, "InstanceCount": 1},
    )
    found = wait(
        lambda: cloud.sagemaker.describe_transform_job(TransformJobName=job),
        "TransformJobStatus",
        lambda seen: progress.tell(seen["TransformJobStatus"]),
        ("Completed",),
    )
    finished(cloud, found, "TransformJobStatus", LOG_GROUP, job)
    answers = parsed(cloud.get(cloud.uri("scores", "test.csv.out")).decode())
    if len(answers) != len(served.answers):
        raise StepFailed(f"the transform scored {len(answers)} rows of {len(served.answers)}")
    gap = largest_difference(answers, served.answers)
    scale = max((abs(value) for answer in served.answers for value in answer), default=1.0)
    if gap > _ALLOWED * max(1.0, scale):
        raise StepFailed(f"endpoint and batch transform differ by up to {gap:.3g}")
    agreement = (
        f"at most {gap:.2g} from the endpoint’s answers" if gap else "the same answers as the endpoint’s"
    )
    progress.detail = f"{len(answers):,} rows, {agreement}"
    return gap


def largest_difference(one: list[Answer], other: tuple[Answer, ...]) -> float:
    """Return the largest difference between two values."""
    return max(abs(a - b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))
