"""What a program can reach, and what it cannot. Each promise is tried from inside."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from clary.runs import isolation
from clary.runs.api import Exit, Host, Resources
from clary.runs.local import LocalExecutor
from clary_supervisor import limits, proc, sandbox
from tests.support.executors import Bench
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap here")
TWO = (Host("algo-1"), Host("algo-2"))


@pytest.fixture(params=["bubblewrap", "unshare"])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """An executor with true isolation, by each method that gives it."""
    try:
        return Bench(tmp_path / "home", request.param)
    except RuntimeError as error:
        pytest.skip(str(error))


def test_the_platforms_home_is_out_of_reach(closed: Bench) -> None:
    secret = closed.home / "keys"
    secret.write_text("SECRET")
    state = closed.run("sh", "-c", f"cat {secret}; ls {closed.home}/runs; cat /proc/*/root{secret}; true")
    assert state.exit_code == 0
    assert "SECRET" not in closed.text()
    assert "supervisor" not in closed.text()


def test_protected_files_and_folders_are_out_of_reach(tmp_path: Path) -> None:
    """Even below a folder that is exposed: here the one of clary_programs' interpreter stands for any."""
    folder, file = tmp_path / "vault", tmp_path / "key"
    folder.mkdir()
    (folder / "x").write_text("SECRET")
    file.write_text("SECRET")
    plan = isolation.survey(tmp_path / "home", (folder, file), "unshare")
    assert str(folder) in plan.hide_dirs
    assert str(file) in plan.hide_files
    bench = Bench(tmp_path / "home")
    bench.run("sh", "-c", f"cat {folder}/x {file}")
    assert "SECRET" not in bench.text()


def test_other_runs_and_processes_are_out_of_sight(closed: Bench) -> None:
    closed.begin("echo up; sleep 60.125", run_id="other")
    closed.says("up", "other")
    closed.run("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; ls /opt/ml/..; touch /opt/ml/mine")
    closed.executor.stop("other", grace=0)
    closed.end("other")
    assert "60.125" not in closed.text()
    assert not (closed.home / "runs/other/hosts/algo-1/ml/mine").exists()


def test_what_users_of_the_machine_may_not_read_a_job_may_not(bench: Bench) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root could read it in the first place")
    bench.run("sh", "-c", "cat /etc/shadow /etc/gshadow")
    assert bench.text().count("\n") == 2
    assert "denied" in bench.text() or "No such" in bench.text()


def test_the_system_is_read_only_and_rights_are_given_up(closed: Bench) -> None:
    tries = ["/usr/x", "/etc/x", "/x", "/opt/x", "/bin/x", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger"]
    script = "; ".join(f"(echo x >{path}) 2>/dev/null && echo wrote {path}" for path in tries)
    lines = "grep -E 'CapEff|NoNewPrivs' /proc/self/status; mount -t tmpfs none /mnt && echo mounted; touch /tmp/x ~/x"
    state = closed.run("sh", "-c", f"{script}; {lines}")
    assert state.exit_code == 0
    assert "wrote" not in closed.text()
    assert "mounted" not in closed.text()
    assert "CapEff:\t0000000000000000" in closed.text()
    assert "NoNewPrivs:\t1" in closed.text()


def test_variables_of_a_job_command_nothing_outside_its_sandbox(closed: Bench, tmp_path: Path) -> None:
    """The loader writes LD_DEBUG_OUTPUT (ld.so(8)) and shells search PATH wherever the process that has them is."""
    outside, tools = tmp_path / "outside", tmp_path / "tools"
    outside.mkdir()
    tools.mkdir()
    for name in ("mount", "hostname", "unshare", "sh", "mkdir"):
        (tools / name).write_text(f"#!/bin/sh\n: >{outside}/{name}\n")
        (tools / name).chmod(0o755)
    env = {
        "LD_DEBUG": "files",
        "LD_DEBUG_OUTPUT": f"{outside}/loader",
        "PATH": f"{tools}:/usr/bin:/bin",
        "MINE": "m",
    }
    state = closed.run("/bin/sh", "-c", "echo $MINE $PATH $LD_DEBUG_OUTPUT", env=env)
    assert state.exit_code == 0
    assert list(outside.iterdir()) == []
    assert closed.text().endswith(f"m {env['PATH']} {outside}/loader\n")


def test_a_program_is_told_to_end_only_once_it_is_there(tmp_path: Path) -> None:
    """While unshare's shell lays out the view its child is mount, or another tool, and TERM would be lost on that."""
    try:
        bench = Bench(tmp_path / "home", "unshare")
    except RuntimeError as error:
        pytest.skip(str(error))
    bench.begin("echo up; exec sleep 600")
    bench.says("up")
    line = [proc.pid_of((bench.home / "runs/r/hosts/algo-1/program").read_text())]
    while proc.command(line[-1]) != b"sleep\0" + b"600\0":
        line += proc.children(line[-1])[:1]  # none while the shell has not become `sleep` yet
    plan = json.loads((bench.home / "runs/r/spec.json").read_text())["plan"]["isolation"]
    words, _ = sandbox.vector(sandbox.View(plan, "algo-1", "/x"), ["true"], {}, 0)
    before = "\0".join(words[words.index("/bin/sh", 1) :]).encode()
    assert not sandbox.is_laid_out("unshare", before)
    assert sandbox.is_laid_out("unshare", proc.command(line[-2]))
    assert len(line) == sandbox.PROGRAM_DEPTH["unshare"] + 1
    bench.executor.stop("r", grace=25)
    assert bench.end().exits == (Exit("algo-1", -15),)


def test_home_and_tmp_are_private_and_writable(bench: Bench, tmp_path: Path) -> None:
    bench.run(
        "sh",
        "-c",
        "echo x >~/a && echo x >/tmp/clary-b && echo x >/dev/shm/c && cat /tmp/a /tmp/clary-b; hostname",
    )
    assert bench.text() == "x\nx\nalgo-1\n"
    bench.run("ls", "/tmp", run_id="r2")
    # Only what leads to our own source, when that lies below /tmp, is seen there besides.
    source = Path(isolation.__file__).parts
    assert set(bench.text("r2").split()) <= ({source[2]} if source[1] == "tmp" else set())
    assert not Path("/tmp/clary-b").exists()


def test_only_clary_programs_is_exposed_of_our_source(bench: Bench) -> None:
    bench.run(
        "{python}",
        "-c",
        "import clary_programs\ntry:\n    import clary.runs\nexcept ImportError:\n    print('no')",
    )
    source = Path(isolation.__file__).parents[2]
    if "site-packages" in source.parts:
        pytest.skip("installed side by side")
    assert bench.text() == "no\n"


def test_variables_lead_to_the_platform(bench: Bench, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("CERT")
    bench.run(
        "sh",
        "-c",
        "cat $AWS_CA_BUNDLE $REQUESTS_CA_BUNDLE $PIP_CERT $SSL_CERT_FILE $CURL_CA_BUNDLE $NODE_EXTRA_CA_CERTS; echo; "
        "env | grep -E 'AWS|S3|PROXY' | grep -v BUNDLE | sort",
        endpoint="http://127.0.0.1:9",
        region="eu-west-1",
        credentials_uri="http://127.0.0.1:9/c",
        credentials_token="T",
        ca_bundle=str(bundle),
        proxy="http://p:1",
    )
    assert bench.text().splitlines() == [
        "CERT" * 6,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN=T",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9/c",
        "AWS_DEFAULT_REGION=eu-west-1",
        "AWS_ENDPOINT_URL=http://127.0.0.1:9",
        "AWS_REGION=eu-west-1",
        "HTTPS_PROXY=http://p:1",
        "NO_PROXY=localhost,127.0.0.1,169.254.170.2",
        "S3_ENDPOINT_URL=http://127.0.0.1:9",
    ]


def test_the_run_folder_is_for_us_alone(bench: Bench) -> None:
    bench.run("true", credentials_token="T")
    assert (bench.home / "runs").stat().st_mode & 0o077 == 0
    assert (bench.home / "runs/r/spec.json").stat().st_mode & 0o077 == 0


# networks ---------------------------------------------------------------------------------------------------------
TALK = """
import os, socket, sys, time
port, me = 29876, os.environ["HOSTNAME"]
if me == "algo-1":
    with socket.create_server(("algo-1", port)) as server:
        print(server.accept()[0].recv(100).decode(), flush=True)
else:
    end = time.monotonic() + 20
    while True:
        try:
            line = socket.create_connection(("algo-1", port), 1)
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    line.sendall(("hello from " + me + " " + socket.gethostbyname(socket.gethostname())).encode())
"""


@pytest.mark.parametrize("isolated", [False, True])
def test_hosts_talk_by_name(closed: Bench, isolated: bool) -> None:
    state = closed.run("{python}", "-c", TALK, hosts=TWO, network_isolation=isolated)
    assert state.exit_code == 0, (state, closed.text(), closed.text(host="algo-2"))
    assert closed.text().startswith("hello from algo-2 127.")
    assert not closed.text().startswith("hello from algo-2 127.0.0.1")


def test_two_runs_of_two_hosts_do_not_take_each_others_port(bench: Bench) -> None:
    code = "import socket, time\ns = socket.create_server((socket.gethostname(), 29877))\nprint('up', flush=True)\ntime.sleep(60)"
    for run_id in ("r1", "r2"):
        bench.begin(f'exec python -c "{code.replace(chr(10), ";")}"', run_id=run_id, hosts=TWO)
    for run_id in ("r1", "r2"):
        for host in TWO:
            bench.says("up", run_id, host.name)


def test_network_isolation_has_no_way_out_but_to_itself(closed: Bench) -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = (
        "import os, socket\n"
        "def reach(*a):\n    try: socket.create_connection(a, 2).close(); return 'reached'\n"
        "    except OSError as e: return 'no'\n"
        "s = socket.create_server(('127.0.0.1', 0))\n"
        f"print(reach('127.0.0.1', {server.server_address[1]}), reach('192.0.2.1', 80), reach(*s.getsockname()))\n"
        "print([k for k in os.environ if k.startswith(('AWS', 'S3'))])"
    )
    closed.run(
        "{python}", "-c", code, network_isolation=True, endpoint="http://x", credentials_uri="http://x"
    )
    server.shutdown()
    server.server_close()
    assert closed.text() == "no no reached\n[]\n"


@pytest.mark.parametrize(
    "words", [("--bind", "/", "/opt"), ("--", "true"), ("--help",), ("X=1", "true"), ("-c", "true")]
)
def test_words_of_a_command_are_never_options_of_the_sandbox(bench: Bench, words: tuple[str, ...]) -> None:
    state = bench.run(*words)
    assert state.reason == "start", (state, bench.text())
    assert not state.exits


# limits -----------------------------------------------------------------------------------------------------------
def test_memory_beyond_the_instances_is_a_reason(bench: Bench) -> None:
    group, _ = limits.make("try", 64 << 20)
    group.end()
    if not group.memory:
        pytest.skip("no writable control group here")
    code = "x = bytearray(400 << 20); print(len(x))"
    state = bench.run("{python}", "-c", code, resources=Resources(memory=128 << 20))
    assert (state.exit_code, state.reason) == (-9, "memory"), (state, bench.text())
    assert "memory: 128 MiB by control group" in state.notes
    assert not os.path.exists(group.memory)
    folder = os.stat(bench.home / "runs" / "r")
    own = [name for name in os.listdir(os.path.dirname(group.memory)) if name.endswith(f"-{folder.st_ino:x}")]
    assert own == [], "the run's own is left"


def test_runs_of_one_name_in_two_homes_are_apart(bench: Bench, tmp_path: Path) -> None:
    """Two platforms on one machine: the end of the one's run is not the end of the other's."""
    other = Bench(tmp_path / "other")
    for one in (bench, other):
        one.begin("echo up; sleep 600")
        one.says("up")
    bench.executor.stop("r", grace=0)
    assert bench.end().reason == "stopped"
    assert other.executor.inspect("r").phase == "running"
    other.executor.stop("r", grace=0)
    assert other.end().reason == "stopped"


def test_a_volume_that_is_outgrown_is_a_reason(bench: Bench) -> None:
    script = "head -c 30000000 /dev/zero >/opt/ml/model/big; sleep 60"
    state = bench.run("sh", "-c", script, resources=Resources(volume=10_000_000))
    assert (state.exit_code, state.reason) == (-9, "disk")
    assert "of a volume of 10000000 bytes" in state.detail


def test_no_core_files_and_no_stray_descriptors(bench: Bench) -> None:
    bench.run("sh", "-c", "ulimit -c; ls /proc/self/fd | tr '\\n' ' '")
    assert bench.text() == "0\n0 1 2 3 "


# the plan ---------------------------------------------------------------------------------------------------------
def test_the_plan_is_plain_data(tmp_path: Path) -> None:
    plan = isolation.survey(tmp_path)
    assert json.loads(json.dumps(plan.to_json()))["method"] == "bubblewrap"
    assert plan.python.startswith(plan.prefixes[-1])


def test_a_method_that_does_not_work_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="bubblewrap"):
        isolation.survey(tmp_path, (), "bubblewrap")
    assert isolation.survey(tmp_path).method == "none"
    assert "none" in LocalExecutor(tmp_path).describe()[0]


@pytest.mark.slow
@pytest.mark.parametrize("isolated", [False, True])
def test_torchrun_over_two_hosts(bench: Bench, isolated: bool) -> None:
    """The address that AWS's own driver scripts have fixed: algo-1, port 7777."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("no torch here")
    code = (
        "import torch, torch.distributed as d\nd.init_process_group('gloo')\nt = torch.ones(1) * (d.get_rank() + 1)\n"
        "d.all_reduce(t)\nprint('sum', t.item(), d.get_world_size(), flush=True)\nd.destroy_process_group()\n"
    )
    words = "--nnodes 2 --nproc_per_node 1 --node_rank $((${HOSTNAME#algo-}-1)) --master_addr algo-1 --master_port 7777"
    bench.begin(
        f"python -m torch.distributed.run {words} /opt/ml/code/t.py",
        hosts=TWO,
        files={"code/t.py": code},
        network_isolation=isolated,
    )
    until(lambda: bench.executor.inspect("r").phase in ("exited", "lost"), seconds=120)
    for host in TWO:
        assert "sum 3.0 2" in bench.text(host=host.name)
