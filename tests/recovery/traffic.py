"""Clients that never stop: one invokes an endpoint, one puts objects; both write down what was answered, and when."""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
import time
from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from tests.support.live import Live

# A client of its own mind: no retries, so that every refusal is seen.
IMPATIENT = Config(connect_timeout=2, read_timeout=12, retries={"total_max_attempts": 1})
_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Outcome:
    """One call: when it was made and answered (time.monotonic), and what went wrong, if anything."""

    began: float
    ended: float
    trouble: str = ""


class Traffic(threading.Thread):
    """Calls `call()` again and again until `finish()`."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.outcomes: list[Outcome] = []
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            trouble = ""
            try:
                self.call()
            except Exception as error:
                trouble = f"{type(error).__name__}: {error}"
            self.outcomes.append(Outcome(began, time.monotonic(), trouble))
            self._over.wait(_PAUSE)

    def call(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        self._over.set()
        self.join(30)

    def answered_after(self, moment: float) -> float | None:
        """When the first call that was made after a moment was answered well, in seconds after it."""
        for outcome in reversed(self.outcomes):
            if outcome.began < moment:
                break
        return next(
            (o.ended - moment for o in list(self.outcomes) if o.began >= moment and not o.trouble), None
        )

    def troubles_between(self, start: float, end: float) -> list[str]:
        """What went wrong with calls that were under way at any time between two moments."""
        return [o.trouble for o in list(self.outcomes) if o.trouble and o.ended >= start and o.began <= end]


class Invoker(Traffic):
    """Invokes the doubling model and checks its answer."""

    def __init__(self, live: Live, endpoint: str) -> None:
        super().__init__()
        self._client = live.client("sagemaker-runtime", config=IMPATIENT)
        self._endpoint = endpoint
        self._numbers = itertools.count(1)

    def call(self) -> None:
        number = next(self._numbers)
        answer = self._client.invoke_endpoint(
            EndpointName=self._endpoint, Body=str(number).encode(), ContentType="text/csv"
        )
        assert answer["Body"].read() == f"{2.0 * number}".encode()


class Putter(Traffic):
    """Puts objects of sizes that take every path of the object store; remembers what was acknowledged."""

    SIZES = (10, 3_000, 70_000, 300_000, 1_500_000)

    def __init__(self, live: Live, bucket: str, seed: int) -> None:
        super().__init__()
        self._client = live.client("s3", config=IMPATIENT)
        self._bucket = bucket
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self.acknowledged: dict[str, str] = {}
        self.last_counter = 0

    def call(self) -> None:
        number = next(self._numbers)
        body = self._random.randbytes(self._random.choice(self.SIZES))
        key = f"put/{number}"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)
        self.acknowledged[key] = hashlib.sha256(body).hexdigest()
        self._client.put_object(Bucket=self._bucket, Key="counter", Body=str(number).encode())
        self.last_counter = number

    def lost(self, s3: Any) -> list[str]:
        """Acknowledged objects that are not there, or not whole; and the counter, if it went back."""
        found = [key for key, digest in self.acknowledged.items() if self._digest(s3, key) != digest]
        counter = int(s3.get_object(Bucket=self._bucket, Key="counter")["Body"].read())
        return found if counter >= self.last_counter else [*found, f"counter {counter} < {self.last_counter}"]

    def _digest(self, s3: Any, key: str) -> str:
        try:
            return hashlib.sha256(s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()).hexdigest()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
