"""The run of one execution environment: what its sandbox shows, and what its programs find in their environment
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any

from clary.access.directory import Credential
from clary.plane.grants import proxy_address
from clary.plane.port import Plane
from clary.runs.api import Host, Mount, Resources, RunSpec
from clary.services.lambda_ import runtimes
from clary.services.lambda_.functions.noun import KIND
from clary.services.lambda_.running.order import Order
from clary.store.api import Record

Params = dict[str, Any]
_MB = 1 << 20
_MB_PER_VCPU = 1769  # "At 1,769 MB, a function has the equivalent of one vCPU"
_CLIENT = "/opt/clary/clary_programs/functions"
_LIBRARIES = "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"


def spec_of(platform: Plane, order: Order, run: str, mounts: tuple[Mount, ...], record: Record) -> RunSpec:
    """Return the run of an environment. Its role's credentials come with its first request, not with the specification."""
    settings, config = platform.settings, order.config
    memory = config["MemorySize"] * _MB
    resources = Resources(
        vcpus=max(config["MemorySize"] / _MB_PER_VCPU, 0.1),
        memory=memory + 32 * _MB,  # what the host needs beside the runtime
        volume=config["EphemeralStorage"]["Size"] * _MB,
        hosting=True,
    )
    return RunSpec(
        command=("{python}", "-S", "-m", "clary_programs.functions.host"),
        hosts=(Host("lambda"),),
        resources=resources,
        stop_grace=1.0,
        endpoint=settings.endpoint,
        region=order.scope.partition("/")[2],
        ca_bundle=settings.ca_bundle,
        proxy=proxy_address(settings, record, run),
        sockets=True,
        mounts=(*mounts, *_runtime(config["Runtime"])),
    )


def _runtime(runtime: str) -> tuple[Mount, ...]:
    """Return what an interpreter needs that is not the platform's own."""
    prefix = str(Path(_other(runtime) or "/usr/bin/python").parent.parent)
    return () if prefix == "/usr" else (Mount(prefix, prefix),)


def _other(runtime: str) -> str:
    """Return the interpreter of a runtime where it is not the platform's own; '' otherwise."""
    return (
        ""
        if runtime == runtimes.OWN or not runtimes.is_python(runtime)
        else runtimes.interpreter(runtime) or ""
    )


def configuration(
    platform: Plane, order: Order, credential: Credential, stream: str, provisioned: bool
) -> Params:
    """Return what the host is told before the first event."""
    config = order.config
    return {
        "kind": "python" if runtimes.is_python(config["Runtime"]) else "provided",
        "interpreter": _other(config["Runtime"]),
        "client": f"{_CLIENT}/python_runtime.py",
        "handler": config["Handler"],
        "task": "/var/task",
        "memory": config["MemorySize"] * _MB,
        "libraries": sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}),
        "environment": environment(platform, order, credential, stream, provisioned),
    }


def environment(
    platform: Plane, order: Order, credential: Credential, stream: str, provisioned: bool
) -> dict[str, str]:
    """Return the variables of a runtime: Lambda's own win over a function's."""
    config, region = order.config, order.scope.partition("/")[2]
    logging = config["LoggingConfig"]
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_VERSION": config["Version"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config["MemorySize"]),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if provisioned else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": credential.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credential.secret,
        "AWS_SESSION_TOKEN": credential.token,
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": _CLIENT,
        "_HANDLER": config["Handler"],
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        **(
            {"AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}"}
            if runtimes.is_python(config["Runtime"])
            else {}
        ),
        **(
            {"AWS_LAMBDA_LOG_LEVEL": logging["ApplicationLogLevel"]}
            if "ApplicationLogLevel" in logging
            else {}
        ),
    }
    defaults = {
        "TZ": ":UTC",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "LD_LIBRARY_PATH": _LIBRARIES,
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": platform.settings.endpoint,
        "NO_PROXY": "localhost,127.0.0.1",
        **trusted(platform),
    }
    given = config.get("Environment", {}).get("Variables", {})
    return {**defaults, **given, **own}


def subject(order: Order) -> Record:
    """Return the record that an environment is of, as far as what is made for runs needs it."""
    return Record(KIND, order.scope, order.name, order.config["FunctionArn"])


def trusted(platform: Plane) -> dict[str, str]:
    """Return where programs find the roots that they trust, if the platform has any of its own."""
    if not platform.settings.ca_bundle:
        return {}
    names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys(names, "/opt/clary/ca.pem")
