"""Programs in images of users' own: the container contract as Docker and AWS have it."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

import pytest

from clary.runs.api import Host, RunState
from clary_supervisor import proc
from clary_supervisor.folder import CLAIM, get
from tests.support.executors import Bench
from tests.support.image_registry import ImageRegistry, busybox, layer, member
from tests.support.waiting import until


@pytest.fixture
def registry(bench: Bench) -> Iterator[ImageRegistry]:
    if any("images do not run" in line or "overlayfs does not" in line for line in bench.executor.describe()):
        pytest.skip("this machine cannot run images")
    with ImageRegistry() as made:
        yield made


def _run(
    bench: Bench, registry: ImageRegistry, digest: str, run_id: str = "r", **members: object
) -> RunState:
    given = {name: members.pop(name) for name in ("entrypoint", "arguments") if name in members}
    image = registry.image(digest, **given)
    return bench.run(run_id=run_id, image=image, endpoint=registry.endpoint, **members)


def _script(bench: Bench, registry: ImageRegistry, script: str, **config: object) -> str:
    """Run a script in a small image, and return what it wrote."""
    digest = registry.add_image(busybox(), **config)
    state = _run(bench, registry, digest, entrypoint=("sh", "-c", script))
    assert state.exit_code == 0, (state, bench.text())
    return bench.text()


def test_the_command_is_the_images_own(bench: Bench, registry: ImageRegistry) -> None:
    """Docker's rule: arguments that are given take the place of CMD and follow ENTRYPOINT; an entry point that is given takes
    both away (docs.docker.com, docker container run)."""
    digest = registry.add_image(busybox(), Entrypoint=["/bin/echo", "first"], Cmd=["second"])
    for run_id, given, said in (
        ("plain", {}, "first second\n"),
        ("arguments", {"arguments": ("train",)}, "first train\n"),
        ("entrypoint", {"entrypoint": ("echo", "own")}, "own\n"),
        ("both", {"entrypoint": ("echo",), "arguments": ("a", "b")}, "a b\n"),
    ):
        assert _run(bench, registry, digest, run_id, **given).exit_code == 0
        assert bench.text(run_id) == said
    assert bench.executor.inspect("plain").image == digest


def test_an_image_has_its_files_and_opt_ml_and_nothing_of_the_machine(
    bench: Bench, registry: ImageRegistry
) -> None:
    said = _script(bench, registry, "ls /; echo; ls /opt/ml; echo; ls /dev; cat /etc/hostname; hostname")
    top, ml, rest = said.split("\n\n")
    assert top.split() == ["bin", "dev", "etc", "opt", "proc", "sys"]
    assert ml.split() == ["input", "model", "output"]
    assert "null" in rest
    assert "sda" not in rest
    assert rest.count("algo-1") == 2


def test_variables_come_from_the_image_the_platform_and_the_job(
    bench: Bench, registry: ImageRegistry
) -> None:
    digest = registry.add_image(
        busybox(), Env=["PATH=/bin:/opt/tool", "OF_IMAGE=1", "OVERRIDDEN=image", "LD_LIBRARY_PATH=/x"]
    )
    state = _run(
        bench, registry, digest, entrypoint=("env",), env={"OVERRIDDEN": "job", "TRAINING_JOB_NAME": "j"}
    )
    assert state.exit_code == 0
    found = dict(line.split("=", 1) for line in bench.text().splitlines())
    assert found["PATH"] == "/bin:/opt/tool"
    assert found["HOME"] == "/"
    assert (found["OF_IMAGE"], found["OVERRIDDEN"], found["LD_LIBRARY_PATH"]) == ("1", "job", "/x")
    assert found["AWS_ENDPOINT_URL"] == found["S3_ENDPOINT_URL"] == registry.endpoint
    assert found["AWS_REGION"] == "us-east-1"
    assert not [name for name in found if name.startswith(("PYTHON", "PIP_", "CLARY"))]


def test_the_working_folder_is_the_images(bench: Bench, registry: ImageRegistry) -> None:
    assert _script(bench, registry, "pwd; echo x >here; ls -l here", WorkingDir="/srv/app").startswith(
        "/srv/app\n"
    )


def test_root_may_do_what_docker_lets_it(bench: Bench, registry: ImageRegistry) -> None:
    said = _script(
        bench, registry, "id -u; echo x >/etc/new; /bin/busybox chown 12:34 /etc/new; ls -ln /etc/new"
    )
    assert said.startswith("0\n")
    assert " 12 " in said
    assert " 34 " in said


@pytest.mark.parametrize(
    "script", ["mount -t tmpfs none /opt", "echo 1 >/proc/sys/kernel/sysrq", "mknod /d b 8 0", "chroot /opt"]
)
def test_root_of_an_image_is_not_root_of_the_machine(
    bench: Bench, registry: ImageRegistry, script: str
) -> None:
    digest = registry.add_image(busybox())
    state = _run(bench, registry, digest, entrypoint=("sh", "-c", f"/bin/busybox {script}"))
    assert state.exit_code, bench.text()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("app", "uid=1234(app) gid=77(staff) groups=99(data)"),
        ("1234", "uid=1234(app) gid=77(staff) groups=99(data)"),
        ("app:data", "uid=1234(app) gid=99(data)"),
        ("4000:5000", "uid=4000 gid=5000"),
        ("4000", "uid=4000 gid=0(root)"),
    ],
)
def test_the_user_is_the_images(bench: Bench, registry: ImageRegistry, user: str, expected: str) -> None:
    people = layer(
        member("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\napp:x:1234:77::/home/app:/bin/sh\n", 0o644),
        member("etc/group", b"root:x:0:\nstaff:x:77:\ndata:x:99:other,app\n", 0o644),
    )
    digest = registry.add_image(busybox(), people, User=user)
    script = "id; echo $HOME; touch /etc/x 2>/dev/null || echo refused; echo done >/opt/ml/model/m && cat /opt/ml/model/m"
    state = _run(bench, registry, digest, entrypoint=("sh", "-c", script))
    assert state.exit_code == 0, (state, bench.text())
    first, home, refused, done = bench.text().splitlines()
    assert first == expected
    assert home == ("/home/app" if user.startswith(("app", "1234")) else "/")
    assert (refused, done) == ("refused", "done")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "no command specified"),
        ({"Entrypoint": ["/bin/missing"]}, "executable file not found in $PATH"),
        ({"Entrypoint": ["train"]}, "executable file not found in $PATH"),
        ({"Entrypoint": ["/etc/data"]}, "executable file not found in $PATH"),
        ({"Entrypoint": ["sh"], "User": "nobody"}, "unable to find user nobody"),
        ({"Entrypoint": ["/etc/not-a-program"]}, "exec format error"),
    ],
)
def test_what_cannot_be_started_says_why(
    bench: Bench, registry: ImageRegistry, config: dict[str, object], said: str
) -> None:
    files = layer(member("etc/data", b"x", 0o644), member("etc/not-a-program", b"\0\0\0\0"))
    state = _run(bench, registry, registry.add_image(busybox(), files, **config))
    assert (state.phase, state.reason) == ("exited", "start")
    assert said in state.detail


def test_an_image_of_another_machine_is_refused(bench: Bench, registry: ImageRegistry) -> None:
    state = _run(bench, registry, registry.add_image(busybox(), machine="s390x", Entrypoint=["sh"]))
    assert state.reason == "start"
    assert "exec format error: the image is for linux/s390x" in state.detail


def test_an_index_has_an_image_for_this_machine(bench: Bench, registry: ImageRegistry) -> None:
    mine = registry.add_image(busybox(), Entrypoint=["echo", "mine"])
    other = registry.add_image(busybox(), machine="s390x", Entrypoint=["echo", "other"])
    both = registry.add_index(s390x=other, amd64=mine, arm64=mine)
    assert _run(bench, registry, both).exit_code == 0
    assert bench.text() == "mine\n"
    state = _run(bench, registry, registry.add_index(s390x=other), run_id="other")
    assert "the image is for linux/s390x" in state.detail


def test_layers_cover_and_hide_those_below(bench: Bench, registry: ImageRegistry) -> None:
    """OCI image specification, "Whiteouts" and "Opaque Whiteout"."""
    below = layer(
        *(member(f"data/{name}", b"below") for name in ("kept", "changed", "gone", "folder/a", "swept/a"))
    )
    above = layer(
        member("data/changed", b"above"),
        member("data/.wh.gone"),
        member("data/swept/.wh..wh..opq"),
        member("data/swept/b", b"above"),
        member("data/.wh.folder"),
        member("data/folder/b", b"above"),
    )
    digest = registry.add_image(busybox(), below, above)
    script = "cd /data; ls . swept folder; cat kept changed"
    assert _run(bench, registry, digest, entrypoint=("sh", "-c", script)).exit_code == 0
    assert bench.text().split() == [
        *(".:", "changed", "folder", "kept", "swept"),
        *("folder:", "b", "swept:", "b", "belowabove"),
    ]


def test_a_layer_is_unpacked_once_and_asked_for_each_time(bench: Bench, registry: ImageRegistry) -> None:
    digest = registry.add_image(busybox(), Entrypoint=["true"])
    assert _run(bench, registry, digest, "first").exit_code == 0
    registry.asked.clear()
    assert _run(bench, registry, digest, "second").exit_code == 0
    assert [method for method, path in registry.asked if path.endswith(_layers(registry, digest)[0])] == [
        "bytes=0-0"
    ]
    registry.denied = set(_layers(registry, digest))
    state = _run(bench, registry, digest, "third")
    assert state.reason == "image"
    assert "proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability" in state.detail


def _layers(registry: ImageRegistry, digest: str) -> list[str]:
    import json

    return [one["digest"] for one in json.loads(registry.blobs[digest])["layers"]]


def test_a_broken_line_is_tried_again(bench: Bench, registry: ImageRegistry) -> None:
    digest = registry.add_image(busybox(), Entrypoint=["echo", "whole"])
    registry.cuts = [10, 100_000, 200_000]
    assert _run(bench, registry, digest).exit_code == 0
    assert bench.text() == "whole\n"


def test_what_the_registry_changed_is_not_run(bench: Bench, registry: ImageRegistry) -> None:
    digest = registry.add_image(busybox(), Entrypoint=["echo", "changed"])
    for lie in (digest, _layers(registry, digest)[0]):
        registry.lies = {lie}
        state = _run(bench, registry, digest, run_id=lie.removeprefix("sha256:"))
        assert (state.reason, state.exits) == ("image", ())
        assert "cannot be unpacked" in state.detail


def test_a_missing_image_is_named(bench: Bench, registry: ImageRegistry) -> None:
    state = _run(bench, registry, "sha256:" + "0" * 64)
    assert state.reason == "image"
    assert "ClientError: Cannot find the requested image: 111122223333.dkr.ecr" in state.detail


def test_an_image_without_a_label_that_is_needed_is_not_run(bench: Bench, registry: ImageRegistry) -> None:
    """AWS refuses it at CreateModel: github.com/deepjavalibrary/djl-serving, issue 708."""
    for labels, said in (
        ({"a": "true", "b": "false"}, "b=true"),
        ({}, "a=true, b=true"),
        ({"a": "true", "b": "true"}, ""),
    ):
        digest = registry.add_image(busybox(), Entrypoint=["true"], Labels=labels)
        image = registry.image(digest, labels=("a=true", "b=true"))
        state = bench.run(run_id=f"r{len(said)}", image=image, endpoint=registry.endpoint)
        if said:
            assert (state.reason, state.exits) == ("image", ())
            assert f"does not contain required {said} Docker label(s)." in state.detail
        else:
            assert state.exit_code == 0


@pytest.mark.parametrize("where", ["opt", "opt/ml", "etc", "proc", "dev"])
def test_a_link_where_something_is_mounted_leads_nowhere(
    bench: Bench, registry: ImageRegistry, where: str
) -> None:
    """While bubblewrap lays out a view, the machine's own files are at /oldroot."""
    victim = bench.home / "victim"
    link = layer(member(where, type=tarfile.SYMTYPE, linkname=f"/oldroot{victim}"))
    state = _run(bench, registry, registry.add_image(busybox(), link, Entrypoint=["true"]))
    assert state.reason == "start"
    assert not victim.exists()


def test_a_link_in_the_place_of_a_file_is_replaced(bench: Bench, registry: ImageRegistry) -> None:
    victim = bench.home / "victim"
    victim.write_text("mine")
    links = layer(
        *(
            member(f"etc/{name}", type=tarfile.SYMTYPE, linkname=f"/oldroot{victim}")
            for name in ("hosts", "hostname", "resolv.conf")
        )
    )
    state = _run(
        bench,
        registry,
        registry.add_image(busybox(), links, Entrypoint=["cat", "/etc/hostname", "/etc/hosts"]),
    )
    assert state.exit_code == 0, state
    assert "algo-1" in bench.text()
    assert victim.read_text() == "mine"


def _spec(registry: ImageRegistry, image: object, **members: object) -> object:
    from clary.runs.api import RunSpec

    return RunSpec(image=image, endpoint=registry.endpoint, **members)  # type: ignore[arg-type]


def test_killed_supervisors_start_a_program_once_and_keep_its_code(
    bench: Bench, registry: ImageRegistry
) -> None:
    script = "echo began >>/opt/ml/output/count; until [ -e /opt/ml/output/go ]; do sleep 0.05; done; exit 9"
    digest = registry.add_image(busybox(), Entrypoint=["sh", "-c", script])
    bench.executor.start("r", _spec(registry, registry.image(digest), keep=("output/count",)))  # type: ignore[arg-type]
    claim = str(bench.home / "runs/r/hosts/algo-1" / CLAIM)
    for _ in range(3):
        bench.kill_supervisor()
        bench = _again(bench)
    until(lambda: get(claim) is not None)
    who = get(claim) or ""
    assert proc.alive(who)
    bench.kill_supervisor()
    bench = _again(bench)
    bench.executor.stop("r", grace=0)
    state = bench.end()
    assert state.exits[0].code == -9
    assert bench.executor.file("r", "algo-1", "output/count") == b"began\n"


def _again(bench: Bench) -> Bench:
    bench.executor = bench.another()
    bench.executor.inspect("r")
    return bench


def test_a_stop_is_term_and_then_kill(bench: Bench, registry: ImageRegistry) -> None:
    script = "trap 'echo told; exit 3' TERM; echo began; while :; do sleep 0.05; done"
    digest = registry.add_image(busybox(), Entrypoint=["sh", "-c", script])
    for run_id, user in (("root", ""), ("user", "5:5")):
        digest = registry.add_image(busybox(), Entrypoint=["sh", "-c", script], User=user)
        bench.executor.start(run_id, _spec(registry, registry.image(digest)))  # type: ignore[arg-type]
        bench.says("began", run_id)
        bench.executor.stop(run_id)
        assert bench.end(run_id).exit_code == 3
        assert bench.text(run_id) == "began\ntold\n"


def _reach(endpoint: str) -> str:
    """Return a shell script that says whether anything listens at an endpoint. (Not by wget: the static one of Debian ends by a
    fault of its own when a connection is refused.)"""
    host, port = endpoint.removeprefix("http://").split(":")
    return f"/bin/busybox nc -w 1 {host} {port} </dev/null >/dev/null 2>&1 && echo reached"


def test_a_run_that_is_not_isolated_reaches_the_platform(bench: Bench, registry: ImageRegistry) -> None:
    assert _script(bench, registry, _reach(registry.endpoint)) == "reached\n"


def test_hosts_of_an_isolated_run_reach_each_other_and_no_platform(
    bench: Bench, registry: ImageRegistry
) -> None:
    """EnableNetworkIsolation: no inbound or outbound network calls can be made, but for those between the hosts of a job."""
    # A pipe that is open both ways never ends: at the end of its input nc would close the connection before the word is there.
    listen = "/bin/busybox mkfifo /open; nc -l -p 7000 <>/open"
    script = (
        f"{_reach(registry.endpoint)}; if [ $(hostname) = algo-1 ]; then {listen}; "
        "else until echo hello | nc 127.0.0.1 7000 2>/dev/null; do :; done; fi"
    )
    image = registry.image(registry.add_image(busybox()), entrypoint=("sh", "-c", script))
    hosts = (Host("algo-1"), Host("algo-2"))
    state = bench.run(image=image, endpoint=registry.endpoint, network_isolation=True, hosts=hosts)
    assert state.exit_code == 0, (state, bench.text())
    assert bench.text() == "hello\n"
    assert bench.text(host="algo-2") == ""
