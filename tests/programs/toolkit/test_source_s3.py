"""Code from S3, through boto3 and AWS_ENDPOINT_URL, from a server that speaks just enough of S3."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from boto3.exceptions import RetriesExceededError
from botocore import exceptions as errors
from botocore.exceptions import ClientError as ServiceError

from clary_programs.toolkit import source
from clary_programs.toolkit.errors import ClientError
from tests.programs.serving.server import serving
from tests.programs.toolkit.job import Job, tarball

KEY = "/bkt/j/source/sourcedir.tar.gz"


class Bucket(BaseHTTPRequestHandler):
    """GET and HEAD of the objects in `objects`; 404 for the rest."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes] = {}

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        data = self.objects.get(self.path)
        assert "AWS4-HMAC-SHA256 Credential=AKID/" in self.headers["Authorization"]
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.send_header("ETag", '"e"')
        self.end_headers()
        if data and self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
    server.shutdown()
    server.server_close()
    thread.join()


def test_training_code_is_fetched_from_s3(tmp_path: Path, environ: dict[str, str]) -> None:
    Bucket.objects = {KEY: tarball({"train.py": "print('from s3')"})}
    job = Job(tmp_path / "ml", environ=environ)
    job.hyperparameters = {"sagemaker_program": "train.py", "sagemaker_submit_directory": f"s3:/{KEY}"}
    done = job.run()
    assert (done.returncode, done.stdout) == (0, "from s3\n"), done.stderr


def refusal(status: int) -> ServiceError:
    said = {"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ServiceError(said, "HeadObject")  # type: ignore[arg-type]


PASSING = [
    errors.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
    errors.ConnectionClosedError(endpoint_url="http://127.0.0.1:1"),
    errors.ReadTimeoutError(endpoint_url="http://127.0.0.1:1"),
    errors.CredentialRetrievalError(provider="container-role", error_msg="refused"),
    RetriesExceededError(OSError()),
    refusal(503),
]


class Restarting:
    """A client of S3 whose first answers are errors."""

    def __init__(self, first: list[Exception]) -> None:
        self._left = first

    def download_file(self, bucket: str, key: str, path: str) -> None:
        if self._left:
            raise self._left.pop(0)
        Path(path).write_bytes(tarball({"train.py": ""}))


def test_a_platform_that_starts_again_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Restarting([*PASSING])
    monkeypatch.setattr("boto3.client", lambda *_, **__: client)
    monkeypatch.setattr(source, "_PAUSE", 0.0)
    source.fetch("s3://bkt/sourcedir.tar.gz", tmp_path)
    assert (tmp_path / "train.py").exists()


@pytest.mark.parametrize("error", [refusal(403), errors.NoCredentialsError()])
def test_what_does_not_pass_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = Restarting([error])
    monkeypatch.setattr("boto3.client", lambda *_, **__: client)
    with pytest.raises(ClientError, match="cannot download the code from s3://bkt/"):
        source.fetch("s3://bkt/sourcedir.tar.gz", tmp_path)


def test_the_wait_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Restarting([*PASSING])
    monkeypatch.setattr("boto3.client", lambda *_, **__: client)
    monkeypatch.setattr(source, "_PATIENCE", -1.0)
    with pytest.raises(ClientError, match="Could not connect"):
        source.fetch("s3://bkt/sourcedir.tar.gz", tmp_path)


def test_code_that_is_not_there_is_the_users_error(tmp_path: Path, environ: dict[str, str]) -> None:
    Bucket.objects = {}
    job = Job(tmp_path / "ml", environ=environ)
    job.hyperparameters = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://bkt/none.tar.gz",
    }
    assert job.run().returncode == 1
    assert job.failure.startswith("cannot download the code from s3://bkt/none.tar.gz")
    assert "Traceback" not in job.failure


@pytest.mark.parametrize(
    "address", ["https://git-codecommit.us-east-1.amazonaws.com/v1/repos/r", "git@github.com:a/b.git"]
)
def test_a_repository_is_told_from_a_file(tmp_path: Path, address: str) -> None:
    with pytest.raises(ClientError, match="takes its code from S3; SDKs clone a Git repository"):
        source.fetch(address, tmp_path)
    with pytest.raises(ClientError, match=r"/nowhere does not exist$"):
        source.fetch("file:///nowhere", tmp_path)


def test_inference_code_is_fetched_from_s3(tmp_path: Path, environ: dict[str, str]) -> None:
    """What SKLearnModel sends: the code stays in S3, the model holds none (clients, section 4.3)."""
    code = "import lib\ndef model_fn(d): return lib.X\ndef transform_fn(m, d, c, a): return m\n"
    Bucket.objects = {KEY: tarball({"serve.py": code, "lib.py": "X = 'from s3'"})}
    (tmp_path / "model").mkdir()
    variables = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": f"s3:/{KEY}"}
    with serving(tmp_path, "sklearn", **environ, **variables) as client:
        assert client.ask(b"", accept="text/plain")[2] == b"from s3"
