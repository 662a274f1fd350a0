"""What the user of the desktop is told while Zotero asks them, and before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.zotero import consent, writing
from bibnotes.zotero.opening import open_library
from tests.zotero_server.exchange import Request
from tests.zotero_server.faults import first
from tests.zotero_server.local.authorisation import Button

from .setting import Setting


def is_asking(request: Request) -> bool:
    return request.path.endswith("/authorize")


def written(setting: Setting, told: list[str], count: int) -> list[Outcome]:
    """The ends of as many texts, each written for itself."""
    changes = [Change(item, Review(), Review(None, "text")) for item in setting.fill(count)]
    library = open_library(setting.settings, replace(setting.surroundings, tell=told.append))
    ends: list[Outcome] = []
    library.prepare(changes).apply(ends.append)
    return ends


@pytest.mark.parametrize("login", [True, False])
def test_what_both_answers_are_good_for_is_said_before_the_question(
    local_setting: Setting, login: bool
) -> None:
    told: list[str] = []
    before: list[str] = []
    local_setting.server.faults.on(first(lambda: before.extend(told)), when=is_asking)
    if login:
        gateway = local_setting.gateway()
        gateway.greet()
        consent.ask(gateway, told.append)
    else:
        written(local_setting, told, 1)
    (said,) = before
    assert "“Always Allow” is remembered" in said
    assert "“Allow” is good for one change, of 50 notes and tags at most" in said
    assert told == before


def test_how_long_zotero_does_not_ask_is_said(
    local_setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of who allows each change by itself it asks five times a minute."""
    monkeypatch.setattr(writing, "BATCH", 1)
    dialog = local_setting.server.api.dialog
    dialog.press(Button.ALLOW)
    dialog.clock = lambda: sum(local_setting.naps)
    told: list[str] = []
    ends = written(local_setting, told, 6)
    assert [end.status for end in ends] == [Status.DONE] * 6
    assert [line for line in told if "Zotero asks again" in line] == [
        "Zotero asks again in 61 s: five times a minute at most"
    ]
