"""Makes homes as earlier versions left them, with the same things in each, for upgrades to be tried on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from clary.store.dialect import POSTGRES
from clary.store.schemas import schema_of
from clary.store.sqlite import connect
from clary.store.statements import statements

Execute = Callable[..., Any]
SCOPE = "111122223333/us-east-1"
_ARN = "arn:aws:sagemaker:us-east-1:111122223333"

# What the versions before there were numbered steps remembered of their tables, as they themselves wrote it.
_REMEMBERED = {
    "store": {
        "table resource": "eff8b6106f793e02334c5340c9a8b61e7d8ca8605c5e5df83d2213802aa0bc57",
        "index resource_created": "cec725e3ac2d38a3ffac574be5ac9e73defefd1c8f9e145cbd2ae6c889075a87",
        "index resource_arn": "00248b3da4003a1f15f405afae6a50408a822000c14e280b2cd12e263662bc23",
        "index resource_due": "51c2e439fa21405c6f7753ec6727230942e95a6404dd883874bb8e6b23fa830b",
        "table tag": "b3fc28916a769b87a1a52a9d31fbf41fd0344c35301b1ce84bb561ab8061a16d",
        "table idempotency": "bf5e4d6a0baeeeb7a81beb97c8b98a29e35264baca45234c6dbe5ee0c41cce0b",
    },
    "cloudwatch": {
        "table cloudwatch_metric": "83039c87baf494033d74807f793271b6e7b7a85863e664e315758c7177ab31c5",
        "table cloudwatch_point": "9d537614c2aa6458798ff1870145465d3351755ec67df733b2349cff6bab1d41",
        "index cloudwatch_point_by_time": "0f84f02bfdc9f0961eeaa1a1c3dd29eca86181ca3a79cc70de4cd8d91e396ea9",
    },
    "iam": {
        "table iam_account": "c561c3b84076debca0e40c49ce265a6ba4de061eb5b17f775262a58ef8297e5f",
        "table iam_entity": "3ff1a8d6dbff1c33bc98422517fb0d0ac2357b97ad85b7d4dd771d97b89d4b8e",
        "index iam_entity_id": "db32e83a35df651de856ee9dd6186cd581f0e3216c97bae43f78854a9fb12bfd",
        "index iam_entity_arn": "8619bba9602a9643afcbc9efd46e6a0c60522378cd26ea9e17832033ad17a916",
        "table iam_inline": "8aec650bb444a7a186c0a69659dab140814cee2d75ef31ab2e48d65417141492",
        "table iam_attachment": "083c20977904bfd3dd900db78025ceba8e38e3010e1a309efe8ba151ad857145",
        "index iam_attachment_policy": "851e5ce2306dacb9b38859d5f3182b1bfe2ba5a89cd029337e553e9b57043d02",
        "table iam_member": "26fd921f9e826bcf47be52893b8081ea9ecd90029ec61cb6a8bec282938dfe5f",
        "index iam_member_member": "62b27d9fa7b18747f914b38cba777e00da0e1312387b9401cd677556c5db4d28",
        "table iam_version": "dfe76526819ad26f798b1894b3cf96847d17964488446a7ab39491b2b2a1af5e",
        "table iam_key": "962681297e5d182a28a3bc8dfba1fdfb64e6c0a846c5f6faf06768bc3ca0faea",
        "index iam_key_owner": "ef5ef220f79d2646d5384293de48f7b9899d6646df6a3c51aed9a1748c1d9320",
        "table iam_session": "7bce07acdcf1072e438d908cb5da711ed85e2e9e4a34025453d5c72f4c6829de",
        "index iam_session_expires": "234962858e3f762eadb3f2b4b601cf96ef782e4964d4aae1833b99ced8c0d8da",
    },
    "logs": {
        "table logs_group": "56610b314e44efa311231ef54a064f96d5b2c7b2acf90d81c7730af5b324e69b",
        "table logs_group_kind": "67956af745a69b02c1de11f66446a9083e1991dc6f7c0ab8923b71bbec6f487d",
        "table logs_stream": "f57816946c8b2f50fa683540a8febe29a221397f58df2b16e469383502820954",
        "index logs_stream_by_time": "191b78663ffb3b3148ded4b040e910539d4a1d65c23afbd521b7662a46d627cc",
        "index logs_stream_bytes": "37b41bcb11ac2577e9a6637d68f5ab9d650416ec101310d04f1ff42cb4cea3ee",
        "table logs_event": "54edbd8816d4bfc2f356ee0b81266f1ebaec20636e1543a06e1b14a09102b639",
        "index logs_event_by_time": "e330aff871ee0974f177c568513f3de601144d186a21c1da77166ada83d98310",
    },
    "s3": {
        "table s3_bucket": "a1217a826a20ad1306877126b080701b2e9f862b02f233f2ec8f884534239ce9",
        "table s3_setting": "014df285e4d6aed7f000a12f16bd880e3cceba639fec20a7f7d7c9d8a31f0475",
        "table s3_object": "288b243a42d42f53d6ba9c658b37e4d05fcb3cc313ae4b25b3db5fd53fa6db9b",
        "index s3_object_listing": "3a65add61efc47175fa1ca533219111160791f39a9b4c56f0b9e2ed4b43a4297",
        "index s3_object_place": "a4978014dd68f846ca45f49e391e7728f34b3ba5a870cdd51d496ce2b354f521",
        "table s3_upload": "8dfd8c48409902897083d3570a9ad8b13b4c5e4f67dfad813bf7dabf445af07b",
        "table s3_part": "b180bb046d264bed54767551fca68bf55c0cc2be803903cc6596c87101dea2f4",
        "index s3_part_place": "be037a126b9ddc645d65526b7533478d2129ce40e34069a7bed5012e5b761191",
        "table s3_garbage": "eb648263e1a9dc9db21a65595de1b985e76edf8d5731a9e33df32ed939fcdc4b",
    },
}


def before_steps(address: str, nouns: Iterable[str] = ()) -> None:
    """Make a home of the versions before there were numbered steps, with one more record of each of these nouns.

    Their tables are those of the first steps, which are never edited; their fingerprints above would tell.
    """
    with _connected(address) as execute:
        for owner, remembered in _REMEMBERED.items():
            package = "clary.store" if owner == "store" else f"clary.services.{owner}"
            for statement in schema_of(package).statements(1):
                if statement.lower().startswith("create"):
                    execute(statement)
            execute(statements()["migration_table"].strip())
            execute(statements()["remember_migration"], owner, 0, json.dumps(remembered))
        _fill(execute, nouns)


def _fill(execute: Execute, nouns: Iterable[str]) -> None:
    job = json.dumps({"AlgorithmSpecification": {"TrainingImage": "xgboost"}, "_run": "r1"})
    rows = [
        (
            "TrainingJob",
            "running",
            f"{_ARN}:training-job/running",
            "InProgress",
            job,
            3,
            100.0,
            150.0,
            160.0,
            170.0,
        ),
        (
            "TrainingJob",
            "waiting",
            f"{_ARN}:training-job/waiting",
            "InProgress",
            job,
            1,
            101.0,
            101.0,
            161.0,
            None,
        ),
        ("TrainingJob", "done", f"{_ARN}:training-job/done", "Completed", job, 9, 90.0, 99.0, None, None),
        ("Model", "m", f"{_ARN}:model/m", "", "{}", 1, 80.0, 80.0, None, None),
        (
            "MetricAlarm",
            "a",
            "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a",
            "OK",
            "{}",
            1,
            70.0,
            70.0,
            None,
            None,
        ),
    ]
    every = [(noun, "every", "", "", "{}", 1, 1.0, 1.0, None, None) for noun in nouns]
    for kind, *rest in rows + every:
        execute(
            "insert into resource (kind, scope, id, arn, status, doc, format, version, created, modified, due, lease_until)"
            " values (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)",
            kind,
            SCOPE,
            *rest,
        )
    for number, name in enumerate(("plain", "rare"), 1):
        execute(
            "insert into logs_group (number, scope, name, created) values (?, ?, ?, 5)", number, SCOPE, name
        )
    execute("insert into logs_group_kind (grp, kind) values (2, 'INFREQUENT_ACCESS')")
    execute("insert into tag (arn, key, value) values (?, ?, ?)", f"{_ARN}:training-job/done", "team", "a")
    execute("insert into s3_setting (bucket, kind, doc) values (?, ?, ?)", "b", "tags", "{}")


@contextmanager
def _connected(address: str) -> Iterator[Execute]:
    """Execute statements in the shared dialect, as the store does but without opening it."""
    if not address.startswith("postgresql:"):
        with closing(connect(address, "NORMAL")) as connection:
            yield lambda statement, *args: connection.execute(statement, args)
        return
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create schema if not exists clary")
        connection.execute("set search_path to clary")
        yield lambda statement, *args: connection.execute(POSTGRES.translate(statement), args)  # type: ignore[arg-type]
