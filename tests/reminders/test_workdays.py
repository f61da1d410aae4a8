"""Quiet days: weekends, and public holidays as the law and the moon have them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.kit import clock
from portal.reminders import workdays
from portal.reminders.workdays import Calendar, Zone

DAY = timedelta(days=1)
FRANCE, ALSACE = Calendar.FRANCE, Calendar.ALSACE_MOSELLE


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
    ("calendar", "month", "day"),
    [
        (Calendar.GUADELOUPE, 5, 27),
        (Calendar.MARTINIQUE, 5, 22),
        (Calendar.GUYANE, 6, 10),
        (Calendar.REUNION, 12, 20),
        (Calendar.MAYOTTE, 4, 27),
        (Calendar.SAINT_BARTHELEMY, 10, 9),
        (Calendar.NOUVELLE_CALEDONIE, 9, 24),
    ],
)
def test_each_place_overseas_keeps_its_own_day_besides(
    calendar: Calendar, month: int, day: int
) -> None:
    for year in (2026, 2027, 2029):
        kept = workdays.holidays(year, calendar)

        assert date(year, month, day) in kept - workdays.holidays(year, FRANCE)
        assert workdays.holidays(year, FRANCE) <= kept


def test_the_days_that_follow_the_moon_are_right_for_years() -> None:
    easter_mondays = {2024: (4, 1), 2025: (4, 21), 2026: (4, 6), 2038: (4, 26), 2049: (4, 19)}

    for year, (month, day) in easter_mondays.items():
        monday = date(year, month, day)
        assert {monday, monday + 38 * DAY, monday + 49 * DAY} <= workdays.holidays(year, FRANCE)


def test_every_zone_is_known_to_the_clock() -> None:
    assert all(zone.clock.key == zone.value for zone in Zone)


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


def test_real_mail_waits_for_the_chosen_hour_by_the_reader_s_clock() -> None:
    midnight = clock.now().astimezone(clock.PARIS).replace(hour=0, minute=5)
    day, noon, late = midnight.date(), midnight.replace(hour=12), midnight.replace(hour=18)

    def leaves(now: datetime, hour: time, zone: Zone) -> datetime:
        return workdays.departure(day, now, hour, zone)

    sent = leaves(midnight, time(6, 30), Zone.PARIS), leaves(noon, time(6, 30), Zone.PARIS)
    overseas = leaves(noon, time(8), Zone.GUADELOUPE)
    tomorrow = leaves(late, time(8), Zone.NOUVELLE_CALEDONIE)

    assert sent == (midnight.replace(hour=6, minute=30, second=0, microsecond=0), noon)
    assert overseas == datetime.combine(day, time(8), Zone.GUADELOUPE.clock)
    assert overseas.astimezone(UTC).time() == time(12)
    # It is four in the morning there, of the day after.
    next_day = day + timedelta(days=1)
    assert tomorrow == datetime.combine(next_day, time(8), Zone.NOUVELLE_CALEDONIE.clock)


@pytest.mark.parametrize(
    ("day", "zone", "in_utc"),
    [
        (date(2027, 3, 27), Zone.PARIS, time(5, 30)),
        (date(2027, 3, 28), Zone.PARIS, time(4, 30)),
        (date(2027, 10, 30), Zone.PARIS, time(4, 30)),
        (date(2027, 10, 31), Zone.PARIS, time(5, 30)),
        (date(2027, 3, 14), Zone.SAINT_PIERRE_ET_MIQUELON, time(8, 30)),
        (date(2027, 3, 28), Zone.REUNION, time(2, 30)),
    ],
)
def test_the_hour_is_the_same_by_the_clock_when_clocks_change(
    day: date, zone: Zone, in_utc: time
) -> None:
    planned = datetime.combine(day, time(0, 5), clock.PARIS)

    leaves = workdays.departure(day, planned, time(6, 30), zone)

    assert leaves.time() == time(6, 30)
    assert leaves.astimezone(UTC) == datetime.combine(day, in_utc, UTC)
