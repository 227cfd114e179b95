"""How the bytes of a version lie encrypted, as text in its row: '' for those in the clear. Knows no key and no request.

| kind           | keys of the layers, the inner one first            | what the row has |
|----------------|----------------------------------------------------|---------------------------------------------|
| `AES256`       | S3's own key                                       | its number |
| `aws:kms`      | a data key of KMS                                  | the data key as KMS encrypted it, and the context |
| `aws:kms:dsse` | a data key of KMS, S3's own key                    | both |
| `customer`     | the customer's key                                 | the MD5 of the key, which answers show, and a check |
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from clary.objects.encryption import Keys

AES, KMS, DSSE, CUSTOMER = "AES256", "aws:kms", "aws:kms:dsse", "customer"
WITH_KMS = (KMS, DSSE)


class Cipher(NamedTuple):
    """`number` is that of S3's own key. `kms_key` is an ARN; `data_key` what KMS made of the data key (base64), with the encryption
    `context` (JSON). `given` is the part of the context that the client gave, as it gave it. `bucket_key` says whether the data key
    is shared by objects of the bucket. `md5` and `check` tell a customer's key from others.
    """

    kind: str = ""
    number: int = 0
    kms_key: str = ""
    data_key: str = ""
    context: str = ""
    given: str = ""
    bucket_key: bool = False
    md5: str = ""
    check: str = ""

    @property
    def layers(self) -> int:
        return 2 if self.kind == DSSE else 1 if self.kind else 0

    def text(self) -> str:
        """Return what to store."""
        if self.kind in ("", AES):
            return f"{AES} {self.number}" if self.kind else ""
        return orjson.dumps({n: v for n, v in self._asdict().items() if v}).decode()

    def members(self) -> dict[str, Any]:
        """Return the members of an answer."""
        if self.kind == CUSTOMER:
            return {"SSECustomerAlgorithm": AES, "SSECustomerKeyMD5": self.md5}
        if self.kind not in WITH_KMS:
            return {"ServerSideEncryption": AES} if self.kind else {}
        out: dict[str, Any] = {"ServerSideEncryption": self.kind, "SSEKMSKeyId": self.kms_key}
        return out | ({"BucketKeyEnabled": True} if self.bucket_key else {})

    def written_members(self) -> dict[str, Any]:
        """Return the members of the answer to a write, which shows the client's context as well."""
        return self.members() | ({"SSEKMSEncryptionContext": self.given} if self.given else {})


@lru_cache(maxsize=4096)
def read(text: str) -> Cipher:
    """Return what a row says."""
    if not text:
        return Cipher()
    if text.startswith(AES):
        return Cipher(AES, int(text[len(AES) + 1 :]))
    return Cipher(**orjson.loads(text))


def etag_of(cipher: Cipher, md5: str, keys: Keys) -> str:
    """Return the ETag of bytes with this MD5 (hex). That of S3's own keys is the MD5, and others are not: it would tell of
    the bytes without the key (S3 API reference, Object, ETag)."""
    if cipher.kind in ("", AES):
        return md5
    return hmac.digest(keys[0], b"clary/s3/etag" + bytes.fromhex(md5), "sha256")[:16].hex()
