"""The demo's endpoint: host the model with data capture, invoke it and measure the time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from clary.cli.demo.cloud import Cloud, finished, wait
from clary.cli.demo.journey import Progress, StepFailed
from clary.cli.demo.preparing import INSTANCE, Prepared
from clary.cli.demo.scores import percentile
from clary.cli.demo.training import IMAGE, Trained

LOG_GROUP = "/aws/sagemaker/Endpoints/"
_MOST_TIMED = 400
_LINES_AT_ONCE = 200

Answer = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """The endpoint's answers to the test rows, in order, and the latency of single rows.

    `rows` is the number of rows sent in all, `requests` the number of timed requests.
    """

    answers: tuple[Answer, ...]
    rows: int
    requests: int
    per_second: float
    median_ms: float
    p99_ms: float


def host(cloud: Cloud, trained: Trained, progress: Progress) -> None:
    """Create a model, an endpoint configuration with data capture, and an endpoint; wait until it is in
    service."""
    name = cloud.name("model")
    cloud.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=cloud.role,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": trained.artifact},
    )
    cloud.sagemaker.create_endpoint_config(
        EndpointConfigName=cloud.name("config"),
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": name,
                "InitialInstanceCount": 1,
                "InstanceType": INSTANCE,
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": cloud.uri("capture"),
            # Capture only requests: the monitor compares them with the baseline, which has no predictions.
            "CaptureOptions": [{"CaptureMode": "Input"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    endpoint = cloud.name("endpoint")
    cloud.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=cloud.name("config"))
    found = wait(
        lambda: cloud.sagemaker.describe_endpoint(EndpointName=endpoint),
        "EndpointStatus",
        lambda seen: progress.tell(seen["EndpointStatus"]),
        ("InService",),
    )
    finished(cloud, found, "EndpointStatus", f"{LOG_GROUP}{endpoint}", "AllTraffic")
    progress.detail = f"{endpoint} InService, 100 % of requests captured"


def ask(cloud: Cloud, data: Prepared, progress: Progress) -> Served:
    """Get the answer to every test row: the first rows alone and timed, the rest many at once."""
    timed = data.test[:_MOST_TIMED]
    invoke(cloud, [timed[0]])  # opens the connection
    answers: list[Answer] = []
    spent: list[float] = []
    for number, line in enumerate(timed, 1):
        begin = time.perf_counter()
        answers += invoke(cloud, [line])
        spent.append(time.perf_counter() - begin)
        if number % 20 == 0:
            progress.tell(f"{progress.screen.bar(number, len(timed))} {number / sum(spent):.0f} requests/s")
    for start in range(len(timed), len(data.test), _LINES_AT_ONCE):
        answers += invoke(cloud, list(data.test[start : start + _LINES_AT_ONCE]))
    if len(answers) != len(data.test):
        raise StepFailed(f"the endpoint gave {len(answers)} answers to {len(data.test)} rows")
    rate = len(spent) / sum(spent)
    served = Served(
        tuple(answers),
        1 + len(data.test),
        len(spent),
        rate,
        1000 * percentile(spent, 0.5),
        1000 * percentile(spent, 0.99),
    )
    progress.detail = f"{rate:.0f} requests/s by one client, median {served.median_ms:.2f} ms"
    return served


def invoke(cloud: Cloud, lines: list[str]) -> list[Answer]:
    """Return the endpoint's answer to each line."""
    response: Any = cloud.runtime.invoke_endpoint(
        EndpointName=cloud.name("endpoint"),
        ContentType="text/csv",
        Accept="text/csv",
        Body="\n".join(lines).encode(),
    )
    return parsed(response["Body"].read().decode())


def parsed(text: str) -> list[Answer]:
    """Parse one answer per line: a number, or one number per class, which batch transform puts in brackets."""
    rows = (line.strip().strip("[]") for line in text.splitlines())
    return [tuple(float(value) for value in row.split(",")) for row in rows if row]
