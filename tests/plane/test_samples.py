"""What the values of a metric come to."""

from __future__ import annotations

from clary.plane.samples import Sample


def test_the_statistics_of_some_values() -> None:
    sample = Sample()
    for value in (2, 5, 3):
        sample.add(value)
    assert sample.statistics() == {"SampleCount": 3.0, "Sum": 10.0, "Minimum": 2.0, "Maximum": 5.0}
