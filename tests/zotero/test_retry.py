from __future__ import annotations

import pytest

from bibnotes.zotero.retry import Pace, Patience, Stopped, TooLong


class Clock:
    """Time that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced() -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(Patience(sleep=clock.sleep, clock=lambda: clock.now)), clock


def test_waits_double_with_jitter() -> None:
    patience = Patience(first_wait=1)
    for attempt, most in enumerate([1, 2, 4, 8], start=1):
        waits = {patience.wait_after(attempt) for _ in range(20)}
        assert all(most / 2 <= wait <= most for wait in waits)
        assert len(waits) > 1


@pytest.mark.parametrize("header", ["Retry-After", "Backoff"])
def test_a_pause_that_was_asked_for_is_made_once(header: str) -> None:
    pace, clock = paced()
    assert pace.heed({header: "3"}) == 3
    pace.wait()
    pace.wait()
    assert clock.now == 103


def test_the_longer_of_two_pauses_counts() -> None:
    pace, clock = paced()
    pace.heed({"Backoff": "10"})
    pace.heed({"Retry-After": "2"})
    pace.wait()
    assert clock.now == 110


@pytest.mark.parametrize("value", ["", "soon", "-5"])
def test_what_is_no_number_of_seconds_is_no_pause(value: str) -> None:
    pace, clock = paced()
    pace.heed({"Backoff": value})
    pace.wait()
    assert clock.now == 100


def test_nobody_waits_for_hours() -> None:
    pace, clock = paced()
    pace.heed({"Retry-After": "3600"})
    with pytest.raises(TooLong) as asked:
        pace.wait()
    assert asked.value.seconds == 3600
    clock.sleep(3600)
    pace.wait()


def test_nobody_goes_on_once_another_has_failed() -> None:
    pace, _ = paced()
    with pace.stopped(), pytest.raises(Stopped):
        pace.wait()
    pace.wait()
