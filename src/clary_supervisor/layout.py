"""Lays out what a host's program finds: /opt/ml, its texts, its private /tmp, /etc/hosts and environment."""

from __future__ import annotations

import os

from . import image_config, safe_open, sandbox
from .folder import below, host_folder, ml_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Folders which AWS's containers find already there (container contract: /opt/ml).
FOLDERS = ("input/config", "input/data", "model", "output/data")

# On AWS the interpreter is the container's own. Here all runs share one that they may not write (without a sandbox:
# should not): what a run's own `pip install` brings goes into a folder of the run, where Python looks before its own.
# It must be there from the start: Python never looks again into a folder that was not.
PACKAGES = "packages"

# Where clients look for the roots that they trust: botocore, requests, pip, OpenSSL (urllib, httpx), curl, Node.js.
BUNDLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)


def lay_out(run: str, spec: dict[str, Any]) -> None:
    """Every host's folders and files, on volumes that are open. May be done again: what is there is written again."""
    for host in spec["hosts"]:
        folder = host_folder(run, host["name"])
        ml = ml_folder(run, host["name"])
        os.chmod(f"{folder}/tmp", 0o1777)
        wanted = [
            *FOLDERS,
            *([] if spec["image"] else [PACKAGES]),
            *spec["folders"],
            *(item["path"] for item in spec["inputs"] if item["mode"] != "Pipe"),
        ]
        for path in wanted:
            os.close(safe_open.open_folder(ml, below(path), make=True))
        for path, text in {**spec["files"], **host["files"]}.items():
            _write(ml, below(path), text)
        _write(folder, "hosts", hosts_file(run, spec, host["name"]))


def _write(root: str, path: str, text: str) -> None:
    fd = safe_open.open_file(root, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, make=True)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)


def addresses(run: str, hosts: list[str]) -> dict[str, str]:
    """Return a loopback address for each host: the usual one for a single host, else one of its own in a net
    of the run's own, so that programs of two hosts may listen on one port."""
    if len(hosts) == 1:
        return {hosts[0]: "127.0.0.1"}
    import hashlib

    digest = hashlib.sha256(run.encode()).digest()
    net = f"127.{digest[0] % 254 + 1}.{digest[1]}"
    return {name: f"{net}.{number}" for number, name in enumerate(hosts, start=1)}


def hosts_file(run: str, spec: dict[str, Any], me: str) -> str:
    names = [host["name"] for host in spec["hosts"]]
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    lines += [f"{address} {name}" for name, address in addresses(run, names).items()]
    return "\n".join(lines) + "\n"


def environment(view: sandbox.View, spec: dict[str, Any], host: dict[str, Any]) -> dict[str, str]:
    """Return all variables of a host's program. Nothing of the platform's own environment is passed on."""
    if view.container:
        return _of_image(view.container.image.config, view, spec, host)
    plan = view.plan
    bin_folder = os.path.dirname(plan["python"])
    plain = plan["method"] == "none"
    env = {
        "PATH": f"{bin_folder}:{sandbox.SYSTEM_PATH}",
        "HOME": f"{view.folder}/tmp" if plain else "/tmp",
        "TMPDIR": f"{view.folder}/tmp" if plain else "/tmp",
        "LANG": "C.UTF-8",
        "HOSTNAME": host["name"],
        "PYTHONUNBUFFERED": "1",  # a log is read while it is written
        "PYTHONDONTWRITEBYTECODE": "1",
        **_packages(view),
        **(_base_dir(view) if plain else {}),
        **_cloud(view, spec),
        **_devices(view),
    }
    if view.sockets:
        env["CLARY_WORKER_SOCKET"] = f"{view.sockets if plain else sandbox.SOCKETS}/worker.sock"
    if view.lasting:
        env["CLARY_LASTING_FOLDER"] = view.lasting if plain else sandbox.LASTING
    given = {**spec["env"], **host["env"]}
    if given.get("PYTHONPATH"):
        given["PYTHONPATH"] += ":" + env["PYTHONPATH"]
    return {**env, **given}


def _of_image(
    config: dict[str, Any], view: sandbox.View, spec: dict[str, Any], host: dict[str, Any]
) -> dict[str, str]:
    """Return the variables of a program in an image: the image's own, the platform's, the job's. HOME is added where the image's user
    is known (program.py)."""
    own = {"PATH": image_config.DEFAULT_PATH, **image_config.variables(config)}
    return {
        "HOSTNAME": host["name"],
        **own,
        **(view.container.driver_variables(view, own) if view.container else {}),
        **_cloud(view, spec),
        **_devices(view),
        **spec["env"],
        **host["env"],
    }


def _packages(view: sandbox.View) -> dict[str, str]:
    """Return where pip puts what a program installs, and where Python looks: there, then for clary_programs.

    Last come the libraries that AWS's images bring, because any program may import them, not only a toolkit's
    script.
    """
    target = sandbox.inside(view, PACKAGES)
    return {
        "PIP_TARGET": target,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PYTHONPATH": ":".join([target, *_programs(view.plan)]),
    }


def _programs(plan: dict[str, Any]) -> list[str]:
    if not plan["programs"]:
        return []
    folder = sandbox.PROGRAMS if plan["method"] == "bubblewrap" else os.path.dirname(plan["programs"])
    return [folder, f"{folder}/clary_programs/libraries"]


def _base_dir(view: sandbox.View) -> dict[str, str]:
    """AWS's training and inference toolkits read these where /opt/ml cannot be had and host names do not resolve."""
    return {"SAGEMAKER_BASE_DIR": sandbox.inside(view, ""), "SM_STUDIO_LOCAL_MODE": "true"}


def _cloud(view: sandbox.View, spec: dict[str, Any]) -> dict[str, str]:
    """Return how a program reaches AWS's interface: not at all under network isolation."""
    region = {"AWS_REGION": spec["region"], "AWS_DEFAULT_REGION": spec["region"]}
    if spec["network_isolation"]:
        return {}
    env = dict(region)
    if spec["endpoint"]:
        env |= {"AWS_ENDPOINT_URL": spec["endpoint"], "S3_ENDPOINT_URL": spec["endpoint"]}
    if spec["credentials_uri"]:
        env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = spec["credentials_uri"]
        env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = spec["credentials_token"]
    if view.ca_bundle:
        path = sandbox.CA if view.plan["method"] == "bubblewrap" else view.ca_bundle
        env |= dict.fromkeys(BUNDLES, path)
    if spec["proxy"]:
        env |= {"HTTPS_PROXY": spec["proxy"], "NO_PROXY": "localhost,127.0.0.1,169.254.170.2"}
    return env


def _devices(view: sandbox.View) -> dict[str, str]:
    return {"CUDA_VISIBLE_DEVICES": ",".join(map(str, view.gpus))}
