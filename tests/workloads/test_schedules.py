"""Schedule expressions. Examples and rules:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.workloads import schedules

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo | None = None) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC).timestamp()


def following(expression: str, after: str, count: int = 3) -> list[str]:
    """The next moments in UTC."""
    schedule, now, found = schedules.parse(expression), at(after), []
    while len(found) < count and (now := schedule.next(now, 0.0)) is not None:
        found.append(f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 10 * * ? *)", ["2024-02-28 10:00", "2024-02-29 10:00", "2024-03-01 10:00"]),
        ("cron(15 12 * * ? *)", ["2024-02-28 12:15", "2024-02-29 12:15", "2024-03-01 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2024-02-28 18:00", "2024-02-29 18:00", "2024-03-01 18:00"]),
        ("cron(0 8 1 * ? *)", ["2024-03-01 08:00", "2024-04-01 08:00", "2024-05-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["2024-02-28 00:15", "2024-02-28 00:30", "2024-02-28 00:45"]),
        ("cron(1/10 * * * ? *)", ["2024-02-28 00:01", "2024-02-28 00:11", "2024-02-28 00:21"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", None),
        ("cron(0 9 ? * 2#1 *)", ["2024-03-04 09:00", "2024-04-01 09:00", "2024-05-06 09:00"]),
        ("cron(0 9 ? * TUE#2 *)", ["2024-03-12 09:00", "2024-04-09 09:00", "2024-05-14 09:00"]),
        ("cron(15 10 ? * 6L 2024-2025)", ["2024-03-29 10:15", "2024-04-26 10:15", "2024-05-31 10:15"]),
        ("cron(0 0 ? * L *)", ["2024-03-02 00:00", "2024-03-09 00:00", "2024-03-16 00:00"]),
        ("cron(0 0 L * ? *)", ["2024-02-29 00:00", "2024-03-31 00:00", "2024-04-30 00:00"]),
        ("cron(0 0 LW * ? *)", ["2024-02-29 00:00", "2024-03-29 00:00", "2024-04-30 00:00"]),
        ("cron(0 0 3W * ? *)", ["2024-03-04 00:00", "2024-04-03 00:00", "2024-05-03 00:00"]),
        ("cron(0 0 1W * ? *)", ["2024-03-01 00:00", "2024-04-01 00:00", "2024-05-01 00:00"]),
        ("cron(0 0 30 FEB ? *)", []),
        ("cron(0 0 29 FEB ? *)", ["2024-02-29 00:00", "2028-02-29 00:00", "2032-02-29 00:00"]),
        ("cron(0 12 1,15 JAN,JUL ? 2025)", ["2025-01-01 12:00", "2025-01-15 12:00", "2025-07-01 12:00"]),
        ("cron(0 12 1 1 ? 2023)", []),
        ("at(2024-03-01T12:30:00)", ["2024-03-01 12:30"]),
        ("at(2024-02-28T00:00:00)", []),
    ],
)
def test_the_next_moments(expression: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="20"):
            schedules.parse(expression)
    else:
        assert following(expression, "2024-02-28 00:00") == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("", "cron", "* * * * ? *", "cron(0 10 * * ?)", "cron(0 10 * * ? * *)"),
        *("cron(0 10 * * * *)", "cron(0 10 ? * ? *)"),  # one of the two days is ?
        *("cron(60 10 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 32 * ? *)"),
        *("cron(0 0 1 13 ? *)", "cron(0 0 1 FOO ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 1 * ? 1969)"),
        *("cron(0/0 * * * ? *)", "cron(5-1 * * * ? *)", "cron(, * * * ? *)", "cron(0 0 ? * 3#6 *)"),
        *("cron(0 0 ? * 3#1,6#3 *)", "cron(0 0 32W * ? *)", "cron(\u0661 * * * ? *)"),
        *(
            "rate(0 minutes)",
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(5 weeks)",
            "rate(-1 days)",
            "rate(5)",
        ),
        *("at(2024-03-01)", "at(2024-03-01T25:00:00)", "at(2024-02-30T00:00:00)"),
    ],
)
def test_what_aws_does_not_accept_is_no_schedule(expression: str) -> None:
    with pytest.raises(ValueError, match=r"is|has|does not match|must"):
        schedules.parse(expression)


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(5 hours)", 18000), ("rate(2 days)", 172800)]
)
def test_a_rate_counts_from_the_start(expression: str, seconds: int) -> None:
    rate = schedules.parse(expression)
    start = at("2024-03-01 10:00:07")
    assert rate.next(start - 1, start) == start
    assert rate.next(start, start) == start + seconds
    assert rate.next(start + 3.5 * seconds, start) == start + 4 * seconds


def test_nothing_happens_before_the_start() -> None:
    daily = schedules.parse("cron(0 10 * * ? *)")
    assert daily.next(at("2024-01-01"), at("2024-03-01 10:00")) == at("2024-03-01 10:00")


class TestDaylightSavingTime:
    """When clocks are put forward, a time that they leave out is skipped; when they are put back, it comes once."""

    def moments(self, expression: str, after: str) -> list[str]:
        schedule, now = schedules.parse(expression, BERLIN), at(after)
        found: list[str] = []
        while len(found) < 3:
            following = schedule.next(now, 0.0)
            assert following is not None
            assert following > now
            now = following
            found.append(f"{datetime.fromtimestamp(now, UTC):%d %H:%M}")
        return found

    def test_forward(self) -> None:
        # On 31 March 2024 clocks in Berlin went from 2:00 to 3:00, at 1:00 UTC.
        assert self.moments("cron(30 2 * * ? *)", "2024-03-29 12:00") == ["30 01:30", "01 00:30", "02 00:30"]

    def test_back(self) -> None:
        # On 27 October 2024 they went from 3:00 to 2:00, at 1:00 UTC.
        assert self.moments("cron(30 2 * * ? *)", "2024-10-26 12:00") == ["27 00:30", "28 01:30", "29 01:30"]

    def test_one_moment_is_one_in_the_zone(self) -> None:
        once = schedules.parse("at(2024-07-01T12:00:00)", BERLIN)
        assert once.next(0.0, 0.0) == at("2024-07-01 10:00")


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["cron(0/7 3-9/2 * * ? *)", "cron(5 * ? * 2,4 *)", "cron(0 12 */3 * ? *)"]),
    st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)),
)
def test_a_moment_is_the_first_of_its_kind(expression: str, after: datetime) -> None:
    """No minute between a time and the next moment is a moment: the same by trying each."""
    schedule = schedules.parse(expression)
    assert isinstance(schedule, schedules.Calendar)
    found = schedule.next(after.replace(tzinfo=UTC).timestamp(), 0.0)
    assert found is not None
    begin = after.replace(second=0, microsecond=0)
    tried = (begin + timedelta(minutes=n) for n in range(1, 60 * 24 * 9))
    first = next(islice((one for one in tried if _fits(schedule, one)), 1))
    assert datetime.fromtimestamp(found, UTC).replace(tzinfo=None) == first


def _fits(schedule: schedules.Calendar, moment: datetime) -> bool:
    cron = schedule.cron
    return (
        moment.minute in cron.minutes
        and moment.hour in cron.hours
        and moment.day in cron.days(moment.year, moment.month)
    )
