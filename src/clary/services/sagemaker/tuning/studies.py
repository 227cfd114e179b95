"""What a tuning job has learnt, in memory: a sampler for each definition, and the curves of its training jobs.

All of it follows from the records, so it is kept for the next step and built again where it is missing: after a restart, or
where another process went on meanwhile. A study may know more than the record, when a step could not be written. So asking
for the same number again gives the same point, and learning the same result twice changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from clary.plane import Record, World
from clary.services.sagemaker.tuning import children, warm_start
from clary.services.sagemaker.tuning.definitions import Definition, definitions_of, of_number
from clary.services.sagemaker.tuning.search import early_stopping, samplers
from clary.services.sagemaker.tuning.search.ranges import Point
from clary.services.sagemaker.tuning.tally import Tally

_MOST_KEPT = 50  # tuning jobs, of which each has some hundred training jobs


class Study:
    """The study of one tuning job. Numbers are those of its training jobs, from 1."""

    def __init__(self, tuner: Record) -> None:
        self.definitions = definitions_of(tuner.spec)
        self.lock = Lock()
        self.curves: dict[int, list[float]] = {}
        self.averages: dict[int, list[float]] = {}  # of those that completed by themselves
        self.asked = 0
        config = tuner.spec["HyperParameterTuningJobConfig"]
        self._samplers = [
            samplers.make(config["Strategy"], one.ranges, f"{tuner.private['seed']}/{place}", one.maximizes)
            for place, one in enumerate(self.definitions)
        ]
        self._suggestions: list[list[Point]] = [[] for _ in self.definitions]
        self._proposed: dict[int, Point] = {}
        self._ended: set[int] = set()
        self._deleted = 0

    def definition(self, number: int) -> Definition:
        """Return the definition of the training job with this number."""
        return of_number(self.definitions, number)

    def propose(self, number: int) -> Point:
        """Return the point of the training job with this number."""
        if number not in self._proposed:
            self._proposed[number] = self._suggested(number) or self._sampler(number).propose(
                self._place(number)
            )
            self.asked = max(self.asked, number)
        return self._proposed[number]

    def suggest(self, result: warm_start.Result) -> None:
        """Let a point of an earlier tuning job be tried among the first, if it lies in today's ranges."""
        for place, definition in enumerate(self.definitions):
            point = definition.tuned(result.hyperparameters)
            fits = all(one.read(point.get(one.name, "")) is not None for one in definition.ranges)
            if definition.name == result.definition and fits:
                self._suggestions[place].append(point)

    def _suggested(self, number: int) -> Point | None:
        """Return the point of an earlier tuning job that is tried with this number, if there is one."""
        place, waiting = self._place(number), self._suggestions[(number - 1) % len(self._samplers)]
        if place >= len(waiting):
            return None
        self._sampler(number).recall(place, waiting[place])
        return waiting[place]

    def recall(self, child: Record) -> None:
        """Take note of a training job that was made before."""
        number = children.number_in(child.id)
        point = self.definition(number).tuned(child.spec.get("HyperParameters", {}))
        self._proposed[number] = point
        self._sampler(number).recall(self._place(number), point)
        self.asked = max(self.asked, number)

    def follow(self, child: Record) -> None:
        """Take note of how far a training job has got, and of its result once it has ended."""
        number = children.number_in(child.id)
        self.curves[number] = children.curve_of(child)
        if child.status not in children.FINAL or number in self._ended:
            return
        self._ended.add(number)
        self._sampler(number).learn(self._place(number), children.result_of(child, self.definition(number)))
        if child.status == "Completed":
            self.averages[number] = early_stopping.averages(self.curves[number])

    def lose(self, number: int) -> None:
        """Take note that a training job was deleted before it was counted."""
        self._ended.add(number)
        self._sampler(number).learn(self._place(number), None)

    def know(self, result: warm_start.Result) -> None:
        """Take note of a result of an earlier tuning job."""
        for place, definition in enumerate(self.definitions):
            if definition.name == result.definition:
                self._samplers[place].know(definition.tuned(result.hyperparameters), result.value)

    def is_behind(self, tally: Tally) -> bool:
        """Return whether training jobs were made or counted that this study has not heard of."""
        return self.asked < tally.launched or len(self._ended) + self._deleted < tally.ended

    def accept(self, tally: Tally) -> None:
        """Take what is missing for deleted: it will not come back."""
        self.asked = max(self.asked, tally.launched)
        self._deleted = max(0, tally.ended - len(self._ended))

    def _sampler(self, number: int) -> samplers.Sampler:
        return self._samplers[(number - 1) % len(self._samplers)]

    def _place(self, number: int) -> int:
        """Return the number of a training job in its definition, from 0."""
        return (number - 1) // len(self._samplers)


_studies: OrderedDict[tuple[str, float], Study] = OrderedDict()
_lock = Lock()


def study_of(tuner: Record, tally: Tally, world: World) -> Study:
    """Return the study of a tuning job, from memory or built again from its training jobs."""
    key = tuner.arn, tuner.created
    with _lock:
        found = _studies.get(key)
    if found is None or found.is_behind(tally):
        found = _built(tuner, tally, world)
    with _lock:
        _studies[key] = found
        _studies.move_to_end(key)
        while len(_studies) > _MOST_KEPT:
            _studies.popitem(last=False)
    return found


def forget(tuner: Record) -> None:
    """Drop the study of a tuning job that has ended."""
    with _lock:
        _studies.pop((tuner.arn, tuner.created), None)


def _built(tuner: Record, tally: Tally, world: World) -> Study:
    study = Study(tuner)
    with world.platform.store.read() as tx:
        for result in warm_start.results(tx, tuner):
            study.know(result)
        for result in warm_start.suggestions(tx, tuner):
            study.suggest(result)
        made = children.of(tx, tuner)
    for child in made:
        study.recall(child)
    for child in made:
        study.follow(child)
    study.accept(tally)
    return study
