"""Row 18: small control-plane calls, 1 and 16 clients; against moto_server; limit uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3

from bench import peers
from bench.load import Canned, drive
from bench.ours import Ours, canned
from bench.processes import Server, free_port
from bench.rows.model import IMAGE
from bench.rows.turns import Contestant, Found, take_turns
from bench.table import Goal, Line

ROW = 18

# What is called: the service, and the call. GetCallerIdentity is of the Query protocol, the others are JSON.
CALLS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "DescribeEndpointConfig": (
        "sagemaker",
        lambda c: c.describe_endpoint_config(EndpointConfigName="bench"),
    ),
    "ListTrainingJobs of 10": ("sagemaker", lambda c: c.list_training_jobs(MaxResults=10)),
    "GetCallerIdentity": ("sts", lambda c: c.get_caller_identity()),
}


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row."""
    with ExitStack() as stack:
        clary = stack.enter_context(Ours(folder))
        peer, port = moto(folder)
        stack.enter_context(peer)
        peer.wait(Canned(f"http://127.0.0.1:{port}/moto-api/", method="GET").answers)
        hello, request = _hello(folder)
        stack.enter_context(hello)
        hello.wait(request.answers)
        clients = {
            "ours": (clary.server, clary.client, clary.role()),
            "moto": (peer, client_of(port), "arn:aws:iam::123456789012:role/Bench"),
        }
        for _, client, role in clients.values():
            _fill(client, role)
        found = {}
        for call, (service, function) in CALLS.items():
            contestants = {
                name: _caller(server, client(service), function)
                for name, (server, client, _) in clients.items()
            }
            contestants["limit"] = lambda n, s: drive(hello, request, n, s)
            found[call] = take_turns(contestants, (1, 16), seconds, rounds)
    return [line for call, figures in found.items() for line in lines(call, figures)]


def _caller(server: Server, client: Any, call: Callable[[Any], Any]) -> Contestant:
    return lambda clients, seconds: drive(server, canned(client, call), clients, seconds)


def moto(folder: Path) -> tuple[Server, int]:
    """Return moto_server and its port."""
    port = free_port()
    words = [str(peers.environment() / "moto_server"), "-p", str(port)]
    return Server("moto", words, cwd=folder, log=folder / "moto.log"), port


def _hello(folder: Path) -> tuple[Server, Canned]:
    port = free_port()
    server = Server("limit", peers.hello_command(port), cwd=peers.PROGRAMS, log=folder / "limit.log")
    return server, Canned(f"http://127.0.0.1:{port}/", body=b'{"MaxResults": 10}')


def client_of(port: int) -> Callable[[str], Any]:
    """Return what makes clients of a moto_server."""

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="AKIDAKIDAKIDAKIDAKID",
            aws_secret_access_key="secret",
        )

    return client


def _fill(client: Callable[[str], Any], role: str) -> None:
    """An endpoint configuration, and ten training jobs that end at once."""
    client("s3").create_bucket(Bucket="bench")
    client("s3").put_object(Bucket="bench", Key="model.tar.gz", Body=b"nobody reads it")
    sagemaker = client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": "s3://bench/model.tar.gz"}
    sagemaker.create_model(ModelName="bench", ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {
        "VariantName": "A",
        "ModelName": "bench",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="bench", ProductionVariants=[variant])
    for number in range(10):
        sagemaker.create_training_job(**_job(f"job-{number}", role))


def _job(name: str, role: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/true"],
        },
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def lines(call: str, found: Found) -> list[Line]:
    """What was measured of one call, beside what is wanted."""

    def line(work: str, unit: str, clients: int, figure: str, goal: Goal) -> Line:
        ours, limit = found.of("ours", clients, figure), found.of("limit", clients, figure)
        return Line(
            ROW, f"{call}, {work}", unit, goal, ours, {"moto": found.of("moto", clients, figure)}, limit
        )

    return [
        line("16 clients", "req/s", 16, "rps", Goal("more", 12)),
        line("16 clients, CPU", "us/req", 16, "cpu", Goal("less", 0.05, 3)),
        line("1 client", "req/s", 1, "rps", Goal("more")),
        line("1 client, p50", "us", 1, "p50", Goal("less")),
    ]
