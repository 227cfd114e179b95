"""`./run bench [--rows 1,18] [--seconds S] [--rounds N]`: measure, print the table, keep it as JSON.

`./run bench scale` measures one store that holds much (scale.py), `./run bench strategies` what strategies of tuning are good
for (strategies.py).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import load, scale, strategies, table
from bench.rows import control, endpoint, invoke, jobs, objects, pipeline, queues, startup, tuning

ROWS = {row.ROW: row for row in (invoke, endpoint, objects, jobs, pipeline, tuning, control, queues, startup)}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the rows that were asked for. 1 when one of them could not be measured, whatever the goals."""
    words = sys.argv[1:] if argv is None else argv
    if words == ["scale"]:
        return scale.main()
    if words[:1] == ["strategies"]:
        return strategies.main(words[1:])
    args = parse(argv)
    print(f"load by {load.generator_name()}", file=sys.stderr)
    lines: list[table.Line] = []
    failed = []
    for number in args.rows:
        try:
            lines += measure(number, args.seconds, args.rounds)
        except Exception as error:
            failed.append(number)
            print(f"row {number} could not be measured: {error!r}", file=sys.stderr)
    print(table.text(lines))
    print(f"\n{table.write(lines, vars(args))}", file=sys.stderr)
    return 1 if failed else 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--rows", type=_rows, default=sorted(ROWS), help=f"of {sorted(ROWS)}, by commas")
    parser.add_argument("--seconds", type=float, default=4, help="of load for each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server")
    return parser.parse_args(argv)


def _rows(text: str) -> list[int]:
    numbers = [int(word) for word in text.split(",")]
    unknown = set(numbers) - set(ROWS)
    if unknown:
        raise argparse.ArgumentTypeError(f"no such rows: {sorted(unknown)}")
    return numbers


def measure(number: int, seconds: float, rounds: int) -> list[table.Line]:
    """One row, in a folder that is gone afterwards. A short folder: names of sockets must not be long."""
    print(f"row {number}", file=sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="clb"))
    try:
        return ROWS[number].measure(folder, seconds, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
