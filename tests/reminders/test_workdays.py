"""Quiet days: weekends, and public holidays as the law and the moon have them."""

from datetime import date

import pytest

from portal.reminders import workdays
from portal.reminders.workdays import Calendar

FRANCE, ALSACE = Calendar.FRANCE, Calendar.ALSACE_MOSELLE


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2026, 4, 5), (2038, 4, 25)],
)
def test_easter_falls_where_the_almanac_has_it(year: int, month: int, day: int) -> None:
    assert workdays.easter(year) == date(year, month, day)


def test_easter_is_a_sunday_between_its_bounds_for_four_centuries() -> None:
    days = [workdays.easter(year) for year in range(1900, 2300)]

    assert {day.weekday() for day in days} == {6}
    assert all((3, 22) <= (day.month, day.day) <= (4, 25) for day in days)


def test_france_has_eleven_holidays_and_alsace_moselle_two_more() -> None:
    france = workdays.holidays(2026, FRANCE)

    assert sorted(france) == [
        date(2026, month, day)
        for month, day in (
            (1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11),
            (12, 25),
        )
    ]  # fmt: skip
    assert workdays.holidays(2026, ALSACE) - france == {date(2026, 4, 3), date(2026, 12, 26)}


@pytest.mark.parametrize(
    ("day", "calendar", "quiet"),
    [
        (date(2026, 11, 21), FRANCE, True),
        (date(2026, 11, 22), FRANCE, True),
        (date(2026, 11, 23), FRANCE, False),
        (date(2026, 11, 11), FRANCE, True),
        (date(2026, 4, 3), FRANCE, False),
        (date(2026, 4, 3), ALSACE, True),
        (date(2026, 12, 25), Calendar.NONE, False),
    ],
)
def test_a_quiet_day_is_a_weekend_or_a_holiday(day: date, calendar: Calendar, quiet: bool) -> None:
    assert workdays.is_quiet(day, calendar) is quiet


def test_the_last_message_before_a_long_weekend_covers_all_of_it() -> None:
    thursday = date(2026, 4, 2)

    assert workdays.covered(thursday, FRANCE) == thursday
    assert workdays.covered(thursday, ALSACE) == date(2026, 4, 6)
    assert workdays.covered(date(2026, 4, 3), FRANCE) == date(2026, 4, 6)
