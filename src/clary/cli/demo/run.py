"""The demo: start a platform, run all steps on it, print a table, write a report, stop everything."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clary.cli import lifecycle
from clary.cli.default_role import ensure_role
from clary.cli.demo import batch, cleaning, dataset, monitoring, preparing, serving, summary, training
from clary.cli.demo.cloud import Cloud
from clary.cli.demo.command import FOLDER
from clary.cli.demo.journey import Journey, StepFailed
from clary.cli.demo.report import render
from clary.cli.errors import CliError
from clary.cli.home import Home, home_at, typed
from clary.cli.lifecycle import Launch
from clary.cli.screen import Screen

_STEPS = 9


def run(args: argparse.Namespace) -> int:
    """Run the demo; the status is 0 only if every step succeeded."""
    source, screen = source_of(args.data, args.target), Screen()
    folder = Path(FOLDER).resolve()
    home = _home(args.home, folder)
    screen.line(screen.paint(f"Clary demo: predicting {source.target} from {source.name}", "bold"))
    with platform(home, args.port, keep=args.keep) as endpoint:
        done = _travel(home, endpoint, source, screen, folder / "report.html", keep=args.keep)
    if args.keep:
        screen.line(
            f'the platform goes on at {endpoint}; next: eval "$({typed("env", home.path)})"; end it: {typed("down", home.path)}'
        )
    elif done and not args.home:
        shutil.rmtree(home.path, ignore_errors=True)
    return 0 if done else 1


def _home(given: str | None, folder: Path) -> Home:
    """Return the platform's home and create the report's folder. Raise CliError if that is not possible."""
    try:
        folder.mkdir(exist_ok=True)
        return home_at(given) if given else Home(Path(tempfile.mkdtemp(prefix="home-", dir=folder)))
    except OSError as error:
        raise CliError(
            f"{folder} cannot be made ({error.strerror}); run the demo in a folder of your own"
        ) from None


def source_of(path: Path | None, target: str | None) -> dataset.Source:
    """Return the data to use. Raise CliError if only one of --data and --target is given."""
    if path is None and target is None:
        try:
            return dataset.bundled()
        except ImportError:
            raise CliError("the demo needs the ml extra; install it with: ./run setup") from None
    if path is None or target is None:
        raise CliError("--data FILE.csv and --target COLUMN go together", 2)
    return dataset.from_file(path, target)


@contextmanager
def platform(home: Home, port: int, *, keep: bool) -> Iterator[str]:
    """Run a platform during the demo; stop it at the end whatever happens, unless it is to be kept."""
    launch = Launch(home, port=port or lifecycle.free_port("127.0.0.1"))
    warden = lifecycle.start(launch, detach=True)
    finished = False
    try:
        yield lifecycle.wait_until_healthy(launch, warden)
        finished = True
    finally:
        if not (keep and finished):
            lifecycle.stop(home)


def _travel(
    home: Home, endpoint: str, source: dataset.Source, screen: Screen, page: Path, *, keep: bool
) -> bool:
    """Run all steps and write the report. If a step fails, say where and why and return False."""
    identity = home.identity()
    run = f"demo-{time.strftime('%Y%m%d-%H%M%S')}"
    location = home.location()
    role = ensure_role(identity, endpoint, location)
    cloud = Cloud(identity, endpoint, location.usual, role, f"clary-{run}", run)
    journey = Journey(screen, _STEPS)
    done = False
    try:
        outcome = _steps(journey, cloud, source)
        done = _conclude(journey, cloud, source, outcome, page)
    except StepFailed as failure:
        _tell(screen, f"{journey.current} failed: {failure}", failure.log, home)
    except Exception as error:
        # An AWS error from boto3, or an unexpected answer: either way the step failed.
        _tell(screen, f"{journey.current} failed: {type(error).__name__}: {error}", "", home)
    finally:
        if not (keep and done):
            cleaning.clean(cloud)
    return done


def _steps(journey: Journey, cloud: Cloud, source: dataset.Source) -> summary.Outcome:
    with journey.step("Data to S3") as progress:
        preparing.upload(cloud, source, progress)
    with journey.step("Processing job") as progress:
        data = preparing.prepare(cloud, source, progress)
    with journey.step("Training job") as progress:
        trained = training.train(cloud, data, progress)
    with journey.step("Endpoint") as progress:
        serving.host(cloud, trained, progress)
    with journey.step("Invocations") as progress:
        served = serving.ask(cloud, data, progress)
    with journey.step("Batch transform") as progress:
        difference = batch.transform(cloud, served, progress)
    with journey.step("Monitoring baseline") as progress:
        monitoring.suggest_baseline(cloud, progress)
    with journey.step("Traffic that has moved") as progress:
        moved = monitoring.send_moved_traffic(cloud, data, served, progress)
    with journey.step("Monitoring schedule") as progress:
        monitored = monitoring.monitor(cloud, moved, progress)
    return summary.Outcome(data, trained, served, difference, monitored)


def _conclude(
    journey: Journey, cloud: Cloud, source: dataset.Source, outcome: summary.Outcome, page: Path
) -> bool:
    """Print the table and write the report. On the bundled data the model must beat the trivial one; a user's
    data may be noise."""
    screen = journey.screen
    screen.line()
    screen.table(summary.table(outcome))
    page.write_text(
        render(summary.report(outcome, source, cloud.endpoint, tuple(journey.steps), cloud.calls))
    )
    screen.line(f"\n  {journey.seconds:.1f} s in all; report: {page}")
    worse = [s for s in summary.scores_of(outcome.data, outcome.served) if not summary.is_better(s)]
    for score in worse:
        screen.line(
            screen.paint(
                f"  {score.name}: the model is no better than the {score.reference_name} on this data",
                "yellow",
            )
        )
    return not (worse and source.bundled)


def _tell(screen: Screen, text: str, log: str, home: Home) -> None:
    screen.line(screen.paint(f"\n{text}", "red"))
    if log:
        screen.line(f"  log: {log}")
    screen.line(f"  the platform's own logs, kept for you: {home.path / 'log'}")
