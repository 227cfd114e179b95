"""What the kernel keeps of a job: the calls that it may make, what it may write, how many processes it may have.

Each is tried from inside, by each kind of isolation that this machine has.
"""

from __future__ import annotations

import io
import json
import os
import platform
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.runs.api import Resources, RunSpec
from clary.runs.isolation import survey
from clary.runs.volumes import survey as survey_volumes
from clary_supervisor import libc, limits, seccomp
from tests.support.executors import Bench
from tests.support.images import PYTHON_IMAGE
from tests.support.live import Live
from tests.support.live_jobs import DOUBLING, archive, deploy, ended, put_script, script_job
from tests.support.waiting import until

MACHINE = platform.machine()
METHODS = ["bubblewrap", "unshare", "none"]


def opened(method: Any, home: Path) -> Iterator[Bench]:
    try:
        bench = Bench(home, method)
    except RuntimeError as error:
        pytest.skip(str(error))
    yield bench
    for run_id in bench.executor.runs():
        bench.executor.stop(run_id, grace=0)
        bench.end(run_id)
        bench.executor.forget(run_id)


@pytest.fixture(params=METHODS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from opened(request.param, tmp_path / "home")


@pytest.fixture(params=METHODS[:2])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """An executor that keeps a job from the machine's files."""
    yield from opened(request.param, tmp_path / "home")


needs_filter = pytest.mark.skipif(
    not seccomp.program() or not seccomp.is_known_to_kernel(), reason="no filter for this machine"
)


def call(name: str, *arguments: str) -> str:
    """An expression that makes a system call and gives the error's name, or OK."""
    number = seccomp.number(name, MACHINE)
    return f"({name!r}, 'OK' if libc.syscall({', '.join([str(number), *arguments])}) >= 0 else errno.errorcode[ctypes.get_errno()])"


# What is in the kernel's hands ------------------------------------------------------------------------------------
@needs_filter
def test_keys_are_neither_left_behind_nor_found(bench: Bench) -> None:
    """The user's keyring is one for all that root runs: no namespace parts it (user_keyring(7))."""
    tries = [
        call("add_key", "b'user'", "b'clary-probe'", "b'secret'", "6", "-4"),
        call("keyctl", "10", "-4", "b'user'", "b'clary-probe'", "0"),
        call("request_key", "b'user'", "b'clary-probe'", "None", "0"),
    ]
    code = f"import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(*[{', '.join(tries)}])"
    bench.run("{python}", "-c", code)
    assert bench.text() == "('add_key', 'EPERM') ('keyctl', 'EPERM') ('request_key', 'EPERM')\n"


@needs_filter
def test_the_session_keyring_is_left_for_a_fresh_one() -> None:
    """What a job's first process does before it is the job's (keyctl_get_keyring_ID(3): 0, of the session: -3)."""
    ask = f"ctypes.CDLL(None).syscall({seccomp.number('keyctl', MACHINE)}, 0, -3, 0)"
    code = (
        "import ctypes, sys; sys.path.insert(0, sys.argv[1]); from clary_supervisor import libc\n"
        f"before = {ask}; libc.join_fresh_keyring(); print(before, {ask})"
    )
    words = [sys.executable, "-I", "-S", "-c", code, str(Path(libc.__file__).parents[1])]
    before, after = map(int, subprocess.run(words, capture_output=True, text=True).stdout.split())
    assert after > 0
    assert before != after


@needs_filter
@pytest.mark.parametrize("isolated", [False, True])
def test_no_user_namespace_and_no_odd_socket_can_be_made(bench: Bench, isolated: bool) -> None:
    code = (
        "import ctypes, errno, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"print({call('unshare', '0x10000000')}, {call('clone', '0x10000011', '0', '0', '0', '0')}, {call('clone3', '0', '0')})\n"
        "for family, kind in ((40, 1), (17, 3), (38, 5), (16, 3), (1, 1), (2, 1), (10, 1)):\n"
        "    try: socket.socket(family, kind).close(); print(family, 'OK')\n"
        "    except OSError as error: print(family, errno.errorcode[error.errno])\n"
    )
    bench.run("{python}", "-c", code, network_isolation=isolated)
    lines = bench.text().splitlines()
    assert lines[0] == "('unshare', 'EPERM') ('clone', 'EPERM') ('clone3', 'ENOSYS')"
    refused = [f"{family} EAFNOSUPPORT" for family in (40, 17, 38)]
    assert lines[1:] == [*refused, "16 OK", "1 OK", "2 OK", "10 OK"]


def test_the_machines_abstract_sockets_are_out_of_reach(bench: Bench) -> None:
    """Daemons of root trust a process that is root there, and files do not stand in the way (unix(7))."""
    if not libc.can_scope_sockets():
        pytest.skip("Landlock has scopes since Linux 6.12")
    name = f"clary-test-{os.getpid()}"
    code = (
        f"import socket\ntry: socket.socket(socket.AF_UNIX).connect('\\0{name}'); print('reached')\n"
        "except PermissionError: print('refused')\n"
        "own = socket.socket(socket.AF_UNIX); own.bind('\\0own'); own.listen()\n"
        "socket.socket(socket.AF_UNIX).connect('\\0own'); print('own')"
    )
    with socket.socket(socket.AF_UNIX) as machines:
        machines.bind(f"\0{name}")
        machines.listen()
        bench.run("{python}", "-c", code)
    assert bench.text() == "refused\nown\n"


# What it may write ------------------------------------------------------------------------------------------------
def test_nothing_is_writable_but_the_jobs_own(closed: Bench) -> None:
    code = (
        "import os\nfor line in open('/proc/self/mountinfo'):\n    at = line.split()[4]\n"
        "    try: os.close(os.open(at, os.O_TMPFILE | os.O_RDWR)) if os.path.isdir(at) else None; ok = os.path.isdir(at)\n"
        "    except OSError: ok = False\n"
        "    try: os.mkdir(f'{at}/probe'); os.rmdir(f'{at}/probe'); ok = True\n"
        "    except OSError: pass\n"
        "    if ok: print(at)\n"
    )
    closed.run("{python}", "-c", code, sockets=True)
    assert set(closed.text().split()) <= {"/opt/ml", "/tmp", "/dev/shm", "/run/clary"}, closed.text()


def test_a_job_does_not_leave_its_groups(closed: Bench) -> None:
    """Their files are root's, and root without capabilities may still write them."""
    script = (
        "for file in $(find /sys/fs/cgroup -maxdepth 3 -name cgroup.procs -o -maxdepth 3 -name tasks 2>/dev/null); do "
        "(echo $$ >$file) 2>/dev/null && echo wrote $file; done; cat /proc/self/cgroup"
    )
    closed.run("sh", "-c", script)
    assert "wrote" not in closed.text()
    if limits.describe()[1].startswith("process limit: not"):
        pytest.skip("no writable control group here")
    assert "clary-r-algo-1" in closed.text()


def test_disks_and_memory_of_the_machine_are_not_among_the_devices(closed: Bench) -> None:
    closed.run(
        "sh",
        "-c",
        "cd /dev && for x in *; do [ -b $x ] && echo $x; done; ls mem kmem port kvm; echo x >null; true",
    )
    assert all("No such file" in line for line in closed.text().splitlines()), closed.text()


def test_shared_memory_is_half_of_the_jobs(closed: Bench) -> None:
    code = (
        "import errno, os\nfor size in (20 << 20, 80 << 20):\n    fd = os.open('/dev/shm/x', os.O_RDWR | os.O_CREAT)\n"
        "    try: os.posix_fallocate(fd, 0, size); print('OK')\n    except OSError as error: print(errno.errorcode[error.errno])\n"
    )
    closed.run("{python}", "-c", code, resources=Resources(memory=128 << 20))
    assert closed.text() == "OK\nENOSPC\n"


# How many processes -----------------------------------------------------------------------------------------------
BOMB = """
import os, threading, time
threading.stack_size(1 << 16)
stop = threading.Event()
count = 0
try:
    while count < 100_000:
        threading.Thread(target=stop.wait, daemon=True).start()
        count += 1
except RuntimeError:
    print("stopped", count, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("serving", [False, True], ids=["job", "model server"])
def test_a_bomb_meets_a_limit_of_its_own(closed: Bench, serving: bool) -> None:
    """Of processes and threads; the machine, and another job, go on meanwhile."""
    if limits.describe()[1].startswith("process limit: not"):
        pytest.skip("no writable control group here")
    spec = RunSpec(("{python}", "-c", BOMB), resources=Resources(hosting=serving), sockets=serving)
    assert closed.executor.start("bomb", spec)
    closed.says("stopped", "bomb")
    count = int(closed.text("bomb").split()[1])
    assert limits.processes() - 20 < count < limits.processes()
    assert closed.run("sh", "-c", "sleep 0 & wait; exit 3", run_id="other").exit_code == 3
    closed.executor.stop("bomb", grace=0)
    assert closed.end("bomb").exit_code == -9


def test_what_forks_without_end_ends_with_its_job(bench: Bench) -> None:
    """Also without a pid namespace, where each killed process may have made another already."""
    mark = f"{os.getpid()}.25"
    script = f"f() {{ sleep 0.01; f & }}; for i in 1 2 3 4 5 6 7 8; do f & done; sleep 0{mark} & echo up; sleep 600"
    bench.begin(script)
    bench.says("up")
    bench.executor.stop("r", grace=0)
    bench.end()
    assert not [pid for pid in filter(str.isdigit, os.listdir("/proc")) if mark in _command(pid)]


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


# Through the platform ---------------------------------------------------------------------------------------------
STATUS = """
import errno, json, os
lines = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
found = {"seccomp": lines["Seccomp"].strip(), "groups": open("/proc/self/cgroup").read()}
fd = os.open("/tmp/big", os.O_RDWR | os.O_CREAT)
os.unlink("/tmp/big")
try:
    os.posix_fallocate(fd, 0, 1400 << 20)
    found["volume"] = "more than it is"
except OSError as error:
    found["volume"] = errno.errorcode[error.errno]
os.close(fd)
"""


KEPT = f"""
import json, os
{STATUS}
for folder in ("/opt/ml/model", "/opt/ml/processing/out"):
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/found.json", "w") as file:
        json.dump(found, file)
"""
SERVED = f"{DOUBLING.decode()}{STATUS}\ndef output_fn(answer, accept): return json.dumps(found), 'text/csv'\n"


def processing_job(role: str, name: str) -> dict[str, Any]:
    code = {"S3Uri": "s3://data/code/kept/", "LocalPath": "/opt/ml/processing/code"}
    out = {"S3Uri": "s3://data/kept/", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": name,
        "RoleArn": role,
        "AppSpecification": {
            "ImageUri": PYTHON_IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/main.py"],
        },
        "ProcessingResources": {"ClusterConfig": cluster},
        "ProcessingInputs": [
            {"InputName": "code", "S3Input": {**code, "S3DataType": "S3Prefix", "S3InputMode": "File"}}
        ],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": out}]},
    }


@needs_filter
def test_all_kinds_of_programs_are_kept(live: Live, role: str) -> None:
    """A training job, a processing job and a model server, as boto3 makes them."""
    sm, s3 = live.client("sagemaker"), live.client("s3")
    put_script(live, KEPT, "kept")
    s3.put_object(Bucket="data", Key="kept.tar.gz", Body=archive({"code/inference.py": SERVED.encode()}))
    sm.create_training_job(**script_job(role, "kept", "kept"))
    sm.create_processing_job(**processing_job(role, "kept"))
    deploy(live, role, "s3://data/kept.tar.gz", "kept")
    assert ended(live, "kept")["TrainingJobStatus"] == "Completed"
    until(lambda: sm.describe_processing_job(ProcessingJobName="kept")["ProcessingJobStatus"] == "Completed")
    until(lambda: sm.describe_endpoint(EndpointName="kept")["EndpointStatus"] == "InService", 60)
    answer = live.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="kept", Body=b"1", ContentType="text/csv"
    )
    model = s3.get_object(Bucket="data", Key="out/kept/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(model)) as packed:
        trained = packed.extractfile("found.json")
        assert trained is not None
        texts = [trained.read()]
    texts += [s3.get_object(Bucket="data", Key="kept/found.json")["Body"].read(), answer["Body"].read()]
    training, processing, serving = map(json.loads, texts)
    for found in (training, processing, serving):
        assert found["seccomp"] == "2"
        assert "clary-" in found["groups"] or limits.describe()[1].startswith("process limit: not")
    if survey_volumes(live.home.path).kind != "counted":
        assert (training["volume"], processing["volume"]) == ("ENOSPC", "ENOSPC")


def test_the_doctor_says_by_name_what_holds(tmp_path: Path) -> None:
    names = [line.split(":")[0] for line in Bench(tmp_path / "home").executor.describe()]
    for name in (
        "volume quota",
        "process limit",
        "memory limit",
        "seccomp",
        "network isolation",
        "user namespaces",
    ):
        assert names.count(name) == 1
    assert survey(tmp_path).to_json()["seccomp"] == bool(seccomp.program())
