"""Who writes objects while a platform's processes die, and remembers each answer: so what must be there is known."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.support.live import Live

SOURCE, TARGET, PLAIN = "source", "target", "plain"
_SIZES = (10, 5_000, 40_000, 200_000)
_KEYS = 40
_PART = 5 << 20


def etag_of(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


class Writer(threading.Thread):
    """One client with keys of its own. `versions` are the versions that were acknowledged with their ETags, `markers` the delete
    markers; `plain` has the ETags that a key of the unversioned bucket may have: the last that was acknowledged ('' for
    none), and those of calls since then that got no answer."""

    def __init__(self, live: Live, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self._live, self._name = live, name
        self._chance = random.Random(f"{seed}/{name}")
        self._s3: Any = live.client("s3")
        self._end = threading.Event()
        self.versions: dict[tuple[str, str], str] = {}
        self.markers: set[tuple[str, str]] = set()
        self.plain: dict[str, list[str]] = {}
        self.unanswered = 0

    def run(self) -> None:
        steps: list[tuple[Callable[[], None], int]] = [
            (self._put, 40), (self._put_plain, 20), (self._copy, 10), (self._tag, 10), (self._delete, 10), (self._upload, 1),
        ]  # fmt: skip
        while not self._end.is_set():
            step = self._chance.choices([one for one, _ in steps], [weight for _, weight in steps])[0]
            try:
                step()
            except (BotoCoreError, ClientError):
                self.unanswered += 1
                self._end.wait(0.05)

    def finish(self) -> None:
        self._end.set()
        self.join(60)

    def _key(self) -> str:
        return f"{self._name}/{self._chance.randrange(_KEYS)}"

    def _body(self) -> bytes:
        return self._chance.randbytes(self._chance.choice(_SIZES))

    def _put(self) -> None:
        key, body = self._key(), self._body()
        made = self._s3.put_object(Bucket=SOURCE, Key=key, Body=body)
        assert made["ETag"].strip('"') == etag_of(body)
        self.versions[key, made["VersionId"]] = etag_of(body)

    def _put_plain(self) -> None:
        key, body = self._key(), self._body()
        self.plain.setdefault(key, [""]).append(etag_of(body))
        self._s3.put_object(Bucket=PLAIN, Key=key, Body=body)
        self.plain[key] = [etag_of(body)]

    def _copy(self) -> None:
        key = self._key()
        made = self._s3.copy_object(Bucket=SOURCE, Key=f"{key}/copy", CopySource=f"{SOURCE}/{key}")
        self.versions[f"{key}/copy", made["VersionId"]] = made["CopyObjectResult"]["ETag"].strip('"')

    def _tag(self) -> None:
        tags = {"TagSet": [{"Key": "n", "Value": str(self._chance.randrange(99))}]}
        self._s3.put_object_tagging(Bucket=SOURCE, Key=self._key(), Tagging=tags)

    def _delete(self) -> None:
        key = self._key()
        self.markers.add((key, self._s3.delete_object(Bucket=SOURCE, Key=key)["VersionId"]))

    def _upload(self) -> None:
        named = {"Bucket": SOURCE, "Key": f"{self._key()}/parts"}
        named["UploadId"] = self._s3.create_multipart_upload(**named)["UploadId"]
        bodies = [bytes([self._chance.randrange(256)]) * _PART, b"end"]
        parts = [
            {"PartNumber": n, "ETag": self._s3.upload_part(**named, PartNumber=n, Body=body)["ETag"]}
            for n, body in enumerate(bodies, 1)
        ]
        made = self._s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
        self.versions[named["Key"], made["VersionId"]] = made["ETag"].strip('"')
