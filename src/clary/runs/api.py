"""Running programs, as the control plane sees them: an id, a specification, a state. Knows no service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Phase = Literal["absent", "preparing", "running", "uploading", "exited", "lost"]


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter with libraries of its own, for programs that cannot share the one of all runs.

    `version` is the version of the library that it is for, also while it is not there yet. `detail` says why it `failed`.
    """

    state: Literal["absent", "making", "ready", "failed"]
    version: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """What is to lie under `path` before the program starts.

    `source` is an S3 URI. `kind`: `prefix` (string prefix, the key after it is kept), `object` (one object, by its
    base name), `manifest` (AWS's ManifestFile), `model` (one model.tar.gz, unpacked). `sharded` deals objects to hosts
    by ShardedByS3Key; `gunzip` undoes gzip. `mode` FastFile is served as File; Pipe makes fifos `<path>_<epoch>`.
    """

    path: str
    source: str
    kind: Literal["prefix", "object", "manifest", "model"] = "prefix"
    mode: Literal["File", "Pipe", "FastFile"] = "File"
    sharded: bool = False
    gunzip: bool = False
    record_wrapper: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Output:
    """What is to be taken from `path` to S3.

    `form`: `tar.gz` makes one archive at exactly `target`; `files` uploads each file below the prefix `target`.
    `when`: `end` (after exit code 0), `end-or-stopped` (the same, or after a stop or the deadline: AWS keeps the model
    of a stopped training job), `always` (after any exit), `continuous` (as files appear and change, and at the end).
    A continuous output of /opt/ml/checkpoints, or of a path that is an input as well, is a checkpoint folder: files in it
    are marked `.sagemaker-uploading` and `.sagemaker-uploaded` as they go. With `kms_key`, objects are encrypted under that
    KMS key, which the run's role must be allowed to use; else as the bucket says.
    """

    path: str
    target: str
    form: Literal["tar.gz", "files"] = "files"
    when: Literal["end", "end-or-stopped", "always", "continuous"] = "end"
    skip_empty: bool = False
    kms_key: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """One machine of a run: its name (`algo-1`), its own files under /opt/ml (path -> text) and variables."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resources:
    """What each host asks for. vCPUs, bytes, GPUs. `hosting` runs (model servers) wait mostly, and so are not
    counted against the machine's capacity for jobs."""

    instance_type: str = ""
    vcpus: float = 1.0
    memory: int = 0
    gpus: int = 0
    volume: int = 0
    hosting: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """The image that a run's programs are in: `registry` is the name of its registry, which `RunSpec.endpoint` answers for, and
    `digest` that of its manifest. The image's own ENTRYPOINT and CMD run; an `entrypoint` that is given takes the place of
    both, `arguments` that of CMD. With a `port` the program serves HTTP there, in a network of its own; the worker socket of
    RunSpec.sockets leads to it. An image without these `labels` (`name=value`) is not run. With `models`, a prefix in S3, the
    program serves any number of models, which are fetched and loaded when an invocation names them, and unloaded after it
    unless it `keeps_models`."""

    registry: str
    repository: str
    digest: str
    entrypoint: tuple[str, ...] | None = None
    arguments: tuple[str, ...] | None = None
    port: int = 0
    labels: tuple[str, ...] = ()
    models: str = ""
    keeps_models: bool = True


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or a file of this machine that the programs of a run find, read-only, at `path` of their own view."""

    source: str
    path: str


@dataclass(frozen=True, slots=True)
class RunSpec:
    """A program to run on one or more hosts at once.

    `command` is the argument vector inside; `{python}` in it stands for the interpreter of the environment. `env` is
    common to all hosts. `files` are texts below /opt/ml for every host. `deadline` is MaxRuntimeInSeconds.
    `endpoint` is our own address and `credentials_uri`/`credentials_token` the container-credentials address of the
    run's role: the supervisor copies inputs and outputs with them, and the program gets them in its environment
    unless `network_isolation`. `ca_bundle` and `proxy` are what a program needs to reach AWS's own host names.
    `sources` are objects in S3 that the program fetches by itself, of which the run notes what they were when it began.
    `sockets` makes a private folder for unix sockets, whose host-side path is in RunState.sockets. `keep` names files
    below /opt/ml that are read after the end (Executor.file); others may end with their volume.
    `environment` names the environment whose interpreter `{python}` is (Executor.environment), `lasting` a folder that
    outlives the run: the program finds it by CLARY_LASTING_FOLDER, and a later run of the same name finds what is in it.
    With an `image` the programs are of the image, pulled as the run's role, and there is no `command`. `mounts` are what the
    programs see beside that; they need bubblewrap.
    """

    command: tuple[str, ...] = ()
    hosts: tuple[Host, ...] = (Host("algo-1"),)
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    resources: Resources = Resources()
    deadline: float | None = None
    stop_grace: float = 120.0
    endpoint: str = ""
    region: str = "us-east-1"
    credentials_uri: str = ""
    credentials_token: str = ""
    ca_bundle: str = ""
    proxy: str = ""
    network_isolation: bool = False
    sockets: bool = False
    folders: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    environment: str = ""
    lasting: str = ""
    image: Image | None = None
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """How one host's program ended: exit code (negative: the signal that killed it)."""

    host: str
    code: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run found at a source in S3 when it began: how many objects and bytes, and a digest of their names, entity
    tags and sizes. `path` is that of the input, or the URI of an object that the program fetches by itself."""

    path: str
    uri: str
    objects: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An archive that a run made and sent: its URI, bytes and SHA-256. The same files make the same archive."""

    uri: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class RunState:
    """What is known of a run.

    `steps` are (name, start time) of Downloading, Running, Uploading as each began. `failure` is the text of
    /opt/ml/output/failure (at most 1024 characters), `message` that of /opt/ml/output/message,
    empty and `message_unreadable` where it is not UTF-8. `reason` says why the
    platform itself ended or refused the run: `deadline`, `stopped`, `download` (with `detail`), `image`, `upload`, `disk`, `memory`, `start`.
    `sockets` maps a host name to the folder of its unix sockets, as seen from outside. `notes` say what isolation held.
    `inputs` are what the run began with, `outputs` the archives that it made; `environment` what its programs could import: `python`, `machine`, `libraries`
    (`name==version …`) with a `digest` of these three, and at the end what the program `installed` itself. `image` is the
    digest of the image that was pulled; a run with an image has no `environment`, and is `in_image` from its beginning.
    """

    phase: Phase
    exits: tuple[Exit, ...] = ()
    failure: str = ""
    message: str = ""
    message_unreadable: bool = False
    reason: str = ""
    detail: str = ""
    steps: tuple[tuple[str, float], ...] = ()
    ended: float | None = None
    sockets: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    inputs: tuple[Seen, ...] = ()
    outputs: tuple[Sent, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    image: str = ""
    in_image: bool = False

    @property
    def exit_code(self) -> int | None:
        """0 when every host ended well, else the first code that is not 0; None while running."""
        return next((exit.code for exit in self.exits if exit.code), 0) if self.exits else None


@dataclass(frozen=True, slots=True)
class Printed:
    """A stretch of what a program printed. `start` is the number of its first byte: behind the offset that was asked for
    where bytes were not kept. `more` says that there is more to be had at once."""

    start: int
    data: bytes
    more: bool = False


class Executor(Protocol):
    """Somewhere that programs run and outlive the control plane."""

    def start(self, run_id: str, spec: RunSpec) -> bool:
        """Idempotent: a second call with the same id starts nothing. False: no capacity now, ask again."""
        ...

    def inspect(self, run_id: str) -> RunState:
        """Never raises for a run it does not know: `absent`."""
        ...

    def goes_on(self, run_id: str) -> bool:
        """Return whether a run was started and has not ended, whatever has become of its supervisor. Changes nothing."""
        ...

    def stop(self, run_id: str, grace: float | None = None) -> None:
        """TERM, then KILL after `grace` seconds. Idempotent, returns at once."""
        ...

    def forget(self, run_id: str) -> None:
        """Remove every trace of an ended run."""
        ...

    def output(self, run_id: str, host: str, offset: int, limit: int = 1 << 20) -> Printed:
        """Return what a host's program wrote to stdout and stderr, from a byte offset on; empty at the end."""
        ...

    def file(self, run_id: str, host: str, path: str, offset: int = 0, limit: int = 1 << 20) -> bytes | None:
        """Part of a file below /opt/ml of a host, or None. Never follows a link out of it. Where the run asked for a
        volume, only files of RunSpec.keep, after the end."""
        ...

    def describe(self) -> list[str]:
        """Return what isolation and limits hold, a line each. The first call may take a second to find out."""
        ...

    def runs(self) -> list[str]:
        """Return the ids of all runs that are remembered."""
        ...

    def environment(self, name: str, *, make: bool = False) -> Environment:
        """Return how far an environment is. With `make`, one that is absent begins to be made; returns at once."""
        ...

    def lasting(self) -> list[str]:
        """Return the names of all lasting folders that there are."""
        ...

    def discard(self, lasting: str) -> None:
        """Remove a lasting folder (RunSpec.lasting), if it is there. No run may use it any more."""
        ...
