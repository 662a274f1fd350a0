"""Whatever fault meets whichever request of a read, the library is read as it is, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bibnotes.errors import NotReachableError
from tests.zotero_server.faults import (
    Fault,
    answer,
    backoff,
    cut_after,
    cut_before,
    cut_midway,
    delay,
    hang,
)

from .setting import Setting

FAULTS: dict[str, Callable[[], Fault]] = {
    "429": lambda: answer(429),
    "429 with a time": lambda: answer(429, retry_after=1),
    "500": lambda: answer(500),
    "502": lambda: answer(502),
    "503": lambda: answer(503),
    "504": lambda: answer(504),
    "backoff": lambda: backoff(1),
    "cut before": cut_before,
    "cut after": cut_after,
    "cut midway": cut_midway,
    "slow": lambda: delay(0.01),
    "timeout": lambda: hang(0.2),
}
HARMLESS = ("backoff", "slow")  # the answer is good
PAPERS = 101  # two pages


Known = Callable[[Setting, list[str]], None]


def _nothing(_setting: Setting, _keys: list[str]) -> None:
    """Before the library was ever read."""


def _the_past(setting: Setting, keys: list[str]) -> None:
    """Since it was read, a paper was changed and another one deleted."""
    setting.store.edit(keys[1], title="before")
    last = setting.store.add("book", title="more")
    setting.titles()
    setting.store.edit(keys[1], title="1")
    setting.store.remove(last)


def _a_part(setting: Setting, _keys: list[str]) -> None:
    """The second page could not be read."""
    setting.server.faults.on(
        answer(503), when=lambda request: request.param("start") == "100", times=None
    )
    with pytest.raises(NotReachableError):
        setting.titles()
    setting.server.faults.clear()


@pytest.mark.parametrize("known", [_nothing, _the_past, _a_part])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_changes_nothing(
    setting: Setting, tmp_path: Path, known: Known, fault: str
) -> None:
    collection = setting.store.add_collection("All")
    known(setting, setting.fill(PAPERS, collections=[collection]))
    cache, before = tmp_path / "cache", tmp_path / "before"
    cache.mkdir(exist_ok=True)
    cache.rename(before)
    if fault == "timeout":
        setting.timeout = 0.1

    def requests(fault: Fault | None = None, number: int | None = None) -> int:
        """Reads the papers, with a fault at one request; returns how many requests that took."""
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(before, cache)
        setting.lines.clear()
        setting.server.log.clear()
        if fault:
            setting.server.faults.on(fault, request=number)
        assert setting.titles(collection="All") == [str(number) for number in range(PAPERS)]
        return len(setting.lines)

    without = requests()
    for number in range(1, without + 1):
        assert requests(FAULTS[fault](), number) >= without + (fault not in HARMLESS)


@pytest.mark.parametrize("request_number", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "fault", [answer(429), answer(500), answer(502), answer(503), answer(504), cut_before()]
)
def test_a_server_that_fails_for_good_is_left_after_some_attempts(
    setting: Setting, fault: Fault, request_number: int
) -> None:
    collection = setting.store.add_collection("All")
    setting.fill(PAPERS, collections=[collection])
    setting.server.faults.on(
        fault, when=lambda request: request.number >= request_number, times=None
    )
    with pytest.raises(NotReachableError) as error:
        setting.titles(collection="All")
    assert "it goes on where it stopped" in error.value.hint
    pings = setting.kind == "local" and request_number == 1
    assert len(setting.server.log) == request_number - 1 + (2 if pings else 5)
    setting.server.faults.clear()
    assert len(setting.titles(collection="All")) == PAPERS
