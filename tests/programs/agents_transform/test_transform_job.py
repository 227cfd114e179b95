"""Whole transform jobs as real processes over a folder laid out like /opt/ml (AWS developer guide, "Use batch
transform", "Associate prediction results with input records"; contracts, section 15)."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


class Job:
    """One transform job below `base`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.config: dict[str, object] = {
            "TransformJobName": "t-1",
            "ServeCommand": [sys.executable, "-m", "tests.programs.agents_transform.model", "sums"],
            "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
            "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
            "BatchStrategy": "MultiRecord",
        }

    def put(self, name: str, data: bytes) -> None:
        path = self.base / "processing/transform/input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def variables(self) -> dict[str, str]:
        config = self.base / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "transformjobconfig.json").write_text(json.dumps(self.config))
        (self.base / "processing/transform/input").mkdir(parents=True, exist_ok=True)
        paths = f"{ROOT / 'src'}:{ROOT}"
        return {
            **os.environ,
            "PYTHONPATH": paths,
            "SAGEMAKER_BASE_DIR": str(self.base),
            "CALLS": str(self.base / "calls"),
        }

    def run(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clary_programs.agents.transform"]
        return subprocess.run(
            command, env=self.variables(), capture_output=True, text=True, timeout=120, check=False
        )

    def outputs(self) -> dict[str, bytes]:
        folder = self.base / "processing/transform/output"
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    def calls(self) -> list[bytes]:
        return (self.base / "calls").read_bytes().splitlines()

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_the_worked_example(job: Job) -> None:
    """Contracts, section 15: `7,1.0,2.0` with these three settings gives the id and the answer."""
    job.put("ids.csv", b"7,1.0,2.0\n")
    job.config["DataProcessing"] = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert job.calls() == [b"1.0,2.0|"]
    assert job.outputs() == {"ids.csv.out": b"7,3.0\n"}


def test_the_temporary_folder_may_have_a_name_longer_than_a_sockets(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """unix(7): sun_path has 108 bytes. Without a sandbox the folder lies below the run's."""
    folder = tmp_path / "long" / ("n" * 120)
    folder.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(folder))
    job.put("a.csv", b"1,2\n")
    job.config["ModelStartupTimeoutInSeconds"] = 20
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert job.outputs() == {"a.csv.out": b"3.0\n"}


def test_every_object_keeps_its_place_and_its_order(job: Job) -> None:
    job.put("a.csv", b"1,2\n3,4\n")
    job.put("d/b.csv", b"5,6")
    job.put("d/empty.csv", b"")
    assert job.run().returncode == 0
    assert job.outputs() == {"a.csv.out": b"3.0\n7.0\n", "d/b.csv.out": b"11.0\n", "d/empty.csv.out": b""}


def test_one_bad_object_fails_the_job_and_costs_the_others_nothing(job: Job) -> None:
    """Three objects, one failing: two outputs and a failed job (contracts, part III, 6)."""
    job.put("a.csv", b"1,2\n")
    job.put("b.csv", b"bad\n")
    job.put("c.csv", b"3,4\n")
    job.config["Inputs"] = [{"Path": f"{n}.csv", "Bucket": "bkt", "Key": f"in/{n}.csv"} for n in "abc"]
    done = job.run()
    assert done.returncode == 1
    assert list(job.outputs()) == ["a.csv.out", "c.csv.out"]
    assert job.failure == "bkt/in/b.csv: ClientError: 400\n\nMessage:\ncannot parse"
    log = (job.base / "output" / "data-log").read_text()
    assert "[sagemaker logs]: bkt/in/b.csv: ClientError: 400\n" in log
    assert "[sagemaker logs]: bkt/in/b.csv: cannot parse\n" in log


def test_a_model_error_is_retried_and_then_said(job: Job) -> None:
    job.put("a.csv", b"boom\n")
    job.config["ModelClientConfig"] = {"InvocationsMaxRetries": 1}
    assert job.run().returncode == 1
    assert job.calls() == [b"boom|", b"boom|"]
    assert job.failure.startswith("a.csv: Bad HTTP status received from algorithm: 500")
    assert job.outputs() == {}


def test_a_retry_may_succeed(job: Job) -> None:
    job.put("a.csv", b"flaky,2\n")
    assert job.run().returncode == 0
    assert job.outputs() == {"a.csv.out": b"2.0\n"}


def test_settings_come_from_the_request_then_the_container_then_the_default(job: Job) -> None:
    del job.config["BatchStrategy"]
    job.config["MaxPayloadInMB"] = 1
    job.put("a.csv", b"1,2\n3,4\n")
    done = job.run()
    assert "MaxConcurrentTransforms=2, MaxPayloadInMB=1, BatchStrategy=SINGLE_RECORD" in done.stdout
    assert sorted(job.calls()) == [b"1,2", b"3,4"]
    assert job.outputs() == {"a.csv.out": b"3.0\n7.0\n"}


def test_many_payloads_at_once_stay_in_order(job: Job) -> None:
    job.config |= {"BatchStrategy": "SingleRecord", "MaxConcurrentTransforms": 8}
    job.put("a.csv", b"".join(b"%d,1\n" % i for i in range(500)))
    job.put("b.csv", b"".join(b"%d,2\n" % i for i in range(500)))
    assert job.run().returncode == 0
    got = job.outputs()
    assert got["a.csv.out"] == b"".join(b"%.1f\n" % (i + 1) for i in range(500))
    assert got["b.csv.out"] == b"".join(b"%.1f\n" % (i + 2) for i in range(500))


def test_gzip_is_undone(job: Job) -> None:
    job.config["TransformInput"] |= {"CompressionType": "Gzip"}
    job.put("a.csv.gz", gzip.compress(b"1,2\n"))
    assert job.run().returncode == 0
    assert job.outputs() == {"a.csv.gz.out": b"3.0\n"}


def test_a_broken_gzip_fails_its_object(job: Job) -> None:
    job.config["TransformInput"] |= {"CompressionType": "Gzip"}
    job.put("a.gz", gzip.compress(b"1,2\n" * 9)[:-6])
    assert job.run().returncode == 1
    assert job.outputs() == {}


def test_a_record_beyond_the_payload_fails_the_job(job: Job) -> None:
    job.config["MaxPayloadInMB"] = 1
    job.put("a.csv", b"1" * (1 << 20) + b"1\n")
    assert job.run().returncode == 1
    assert "larger than the maximum payload of 1048576 bytes" in job.failure
    assert job.outputs() == {}


def test_answers_that_do_not_fit_the_input_are_not_joined(tmp_path: Path) -> None:
    job = Job(tmp_path)
    job.config["ServeCommand"][-1] = "shorter"
    job.config["DataProcessing"] = {"JoinSource": "Input"}
    job.put("a.csv", b"1,2\n3,4\n")
    assert job.run().returncode == 1
    assert "Fail to join data: mismatched line count between the input and the output" in job.failure


def test_a_server_that_dies_is_said(job: Job) -> None:
    job.put("a.csv", b"die\n")
    assert job.run().returncode == 1
    assert "Unable to get response from algorithm" in job.failure


def test_a_server_that_does_not_start_is_said(job: Job) -> None:
    job.config["ServeCommand"] = [sys.executable, "-c", "import sys; sys.exit(3)"]
    job.put("a.csv", b"1\n")
    assert job.run().returncode == 1
    assert "exit code 3" in job.failure


def test_what_a_model_server_leaves_as_its_failure_is_not_the_jobs(job: Job) -> None:
    """The agent says why the job failed; a file of the model's own would hide it."""
    code = "import os, sys; os.makedirs('output', exist_ok=True); open('output/failure', 'w').write('mine'); sys.exit(3)"
    job.config["ServeCommand"] = [sys.executable, "-c", f"import os; os.chdir({str(job.base)!r}); {code}"]
    job.put("a.csv", b"1\n")
    assert job.run().returncode == 1
    assert "exit code 3" in job.failure


def test_a_server_that_knows_http_only(job: Job) -> None:
    job.config["ServeCommand"] = ["env", "-u", "CLARY_WORKER_SOCKET", *job.config["ServeCommand"]]
    job.put("a.csv", b"1,2\n3,4\n")
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert job.outputs() == {"a.csv.out": b"3.0\n7.0\n"}


def test_the_container_sees_the_variables_of_batch(job: Job) -> None:
    probe = "import os,json; open(os.environ['CALLS'],'w').write(json.dumps(dict(os.environ)))"
    job.config |= {
        "ServeCommand": [sys.executable, "-c", probe],
        "Environment": {"MINE": "1"},
        "MaxPayloadInMB": 2,
    }
    job.run()
    seen = json.loads((job.base / "calls").read_text())
    assert seen["SAGEMAKER_BATCH"] == "true"
    assert seen["SAGEMAKER_BATCH_STRATEGY"] == "MULTI_RECORD"
    assert seen["SAGEMAKER_MAX_PAYLOAD_IN_MB"] == "2"
    assert seen["MINE"] == "1"
    assert "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS" not in seen


def test_a_stopped_job_leaves_no_server_and_no_output(job: Job) -> None:
    job.config["ServeCommand"] = [
        sys.executable,
        "-c",
        "import os,time; open(os.environ['CALLS'],'w').write(str(os.getpid())); print('up', flush=True); time.sleep(600)",
    ]
    job.put("a.csv", b"1\n")
    command = [sys.executable, "-m", "clary_programs.agents.transform"]
    with subprocess.Popen(command, env=job.variables(), stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int(job.calls()[0]), 0)
    assert job.outputs() == {}


def test_without_a_description_there_is_no_job(tmp_path: Path) -> None:
    job = Job(tmp_path)
    variables = job.variables()
    (tmp_path / "config" / "transformjobconfig.json").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "clary_programs.agents.transform"], env=variables, check=False
    )
    assert done.returncode == 1
    assert "cannot read" in job.failure


def test_an_input_outside_the_folder_is_refused(job: Job) -> None:
    job.config["Inputs"] = [{"Path": "../../../config/transformjobconfig.json"}]
    assert job.run().returncode == 1
    assert "leads out of the input folder" in job.failure


def test_data_capture_marks_records_and_lists_objects(job: Job) -> None:
    """AWS developer guide, "Capture data from batch transform job": two more columns, and manifests by the hour."""
    job.put("d/a.csv", b"1,2\n3,4\n")
    job.put("bad.csv", b"bad\n")
    job.config["TransformInput"]["DataSource"] = {
        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}
    }
    job.config["TransformOutput"]["S3OutputPath"] = "s3://b/out"
    job.config["DataCaptureConfig"] = {"DestinationS3Uri": "s3://b/cap", "GenerateInferenceId": True}
    job.run()
    rows = [line.split(b",") for line in job.outputs()["d/a.csv.out"].splitlines()]
    assert [row[0] for row in rows] == [b"3.0", b"7.0"]
    assert len({uuid.UUID(row[1].decode()) for row in rows}) == 2
    assert all(re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[2]) for row in rows)
    folder = job.base / "processing/transform/capture"
    (source,) = folder.glob("input/*/*/*/*/*.json")
    (target,) = folder.glob("output/*/*/*/*/*.json")
    assert json.loads(source.read_text()) == [{"prefix": "s3://b/in/"}, "d/a.csv"]
    assert json.loads(target.read_text()) == [{"prefix": "s3://b/out/"}, "d/a.csv.out"]


def test_ids_of_json_documents(job: Job) -> None:
    job.config["TransformInput"]["ContentType"] = "application/jsonlines"
    job.config["TransformOutput"]["Accept"] = "application/jsonlines"
    job.config["DataCaptureConfig"] = {"DestinationS3Uri": "s3://b/cap", "GenerateInferenceId": True}
    job.put("a.jsonl", b'{"x":1}\n2\n')
    assert job.run().returncode == 0
    first, second = map(json.loads, job.outputs()["a.jsonl.out"].splitlines())
    assert (first["x"], second["SageMakerOutput"]) == (1, 2)
    assert {"SageMakerInferenceId", "SageMakerInferenceTime"} <= first.keys() & second.keys()
