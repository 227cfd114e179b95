"""A model server for tests of the agent: doubles, echoes, counts, fails on demand. Run as a program."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from clary_programs.serving import model_server
from clary_programs.serving.api import Answer, Invocation


class Sums:
    """CSV: the sum of each row. `bad` in the body is a 400, `boom` a 500, `flaky` a 500 the first time only."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        return [self.one(invocation) for invocation in invocations]

    def one(self, invocation: Invocation) -> Answer:
        body = invocation.body
        with open(os.environ["CALLS"], "ab") as calls:
            calls.write(body.replace(b"\n", b"|") + b"\n")
        if b"bad" in body:
            return Answer(b"cannot parse", 400, "text/plain")
        if b"boom" in body or (b"flaky" in body and body not in self.seen):
            self.seen.add(body)
            return Answer(b"Traceback: boom", 500, "text/plain")
        if b"die" in body:
            os._exit(9)
        if invocation.content_type != "text/csv":
            return Answer(body)
        return Answer(
            "".join(f"{total(line)}\n" for line in body.splitlines()).encode(), 200, invocation.accept
        )

    def execution_parameters(self) -> dict[str, object] | None:
        return {"MaxConcurrentTransforms": 2, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 3}


class Shorter(Sums):
    """Loses the last row, as a broken model might."""

    def one(self, invocation: Invocation) -> Answer:
        answer = super().one(invocation)
        return Answer(answer.body.rsplit(b"\n", 2)[0] + b"\n", 200, "text/csv")


def total(line: bytes) -> float:
    return sum(float(field) for field in line.split(b",") if field != b"flaky")


if __name__ == "__main__":
    kind = {"sums": Sums, "shorter": Shorter}[sys.argv[1]]
    sys.exit(model_server.main(kind))
