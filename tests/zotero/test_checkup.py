"""The doctor: each line says what was tried, and each red one what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes.zotero.checkup import Check, Checkup, check_up
from tests.zotero_server.faults import answer
from tests.zotero_server.web.accounts import KEY_INVALID, KEY_NONOTES, KEY_READONLY

from .setting import Setting
from .test_opening import QUICK, nobody  # noqa: F401 - a fixture


def examined(setting: Setting, **changed: object) -> Checkup:
    return check_up(replace(setting.settings, **changed), QUICK)  # type: ignore[arg-type]


def told(checkup: Checkup) -> list[tuple[str, str]]:
    return [(check.name, check.state) for check in checkup.checks]


def last(checkup: Checkup) -> Check:
    assert all(check.state != "failed" for check in checkup.checks[:-1])
    return checkup.checks[-1]


def test_all_is_well_on_the_web(web_setting: Setting) -> None:
    web_setting.fill(3)
    found = examined(web_setting)
    assert told(found) == [
        ("server", "ok"),
        ("key", "ok"),
        ("permissions", "ok"),
        ("groups", "ok"),
        ("library", "ok"),
    ]
    assert (found.uses, found.exit_code) == ("web", 0)
    assert "group/5001 Members Group (read and write)" in found.checks[3].message
    assert "group/5002 Admins Only Group (read only)" in found.checks[3].message
    assert "3 items" in found.checks[4].message


def test_all_is_well_on_the_desktop(local_setting: Setting) -> None:
    local_setting.server.api.add_group(5001, "成员组")
    found = examined(local_setting)
    assert told(found) == [
        ("program", "ok"),
        ("local API", "ok"),
        ("groups", "ok"),
        ("library", "ok"),
    ]
    assert found.checks[2].message == "group/5001 成员组"
    assert "11.0" in found.checks[0].message
    assert found.uses == "local"


def test_zotero_does_not_run(local_setting: Setting, nobody: str) -> None:  # noqa: F811
    check = last(examined(local_setting, local_url=nobody))
    assert (check.name, check.exit_code) == ("program", 5)
    assert "Start Zotero" in check.hint


def test_the_local_api_is_off(local_setting: Setting) -> None:
    local_setting.server.api.enabled = False
    check = last(examined(local_setting))
    assert (check.name, check.exit_code) == ("local API", 4)
    assert "Allow other applications" in check.hint


def test_zotero_is_too_old_to_write(local_setting: Setting) -> None:
    local_setting.server.api.zotero_version = "9.0.1"
    found = examined(local_setting)
    assert ("local API", "limited") in told(found)
    assert found.exit_code == 0
    assert "version 10" in found.checks[1].hint


@pytest.mark.parametrize(
    ("key", "name", "code", "hint"),
    [
        (None, "key", 4, "bibnotes login"),
        (KEY_INVALID, "key", 4, "bibnotes login"),
        (KEY_NONOTES, "permissions", 4, "zotero.org/settings/keys"),
    ],
)
def test_a_key_that_is_not_enough(
    web_setting: Setting, key: str | None, name: str, code: int, hint: str
) -> None:
    found = examined(web_setting, api_key=key)
    check = last(found)
    assert (check.name, check.exit_code, found.exit_code) == (name, code, code)
    assert hint in check.hint


def test_a_key_that_may_only_read(web_setting: Setting) -> None:
    found = examined(web_setting, api_key=KEY_READONLY)
    assert ("permissions", "limited") in told(found)
    assert (found.uses, found.exit_code) == ("web", 0)


def test_a_group_that_lets_only_its_administrators_write(web_setting: Setting) -> None:
    found = examined(web_setting, id="group/5002")
    assert ("groups", "limited") in told(found)
    assert found.exit_code == 0


def test_a_group_that_the_owner_of_the_key_is_no_member_of(web_setting: Setting) -> None:
    web_setting.server.api.accounts.groups[5001] = replace(
        web_setting.server.api.accounts.groups[5001], owner=475002
    )
    found = examined(web_setting, id="group/5001")
    assert ("permissions", "limited") in told(found)
    assert "no member of group/5001" in found.checks[2].message


def test_the_server_cannot_be_reached(web_setting: Setting, nobody: str) -> None:  # noqa: F811
    check = last(examined(web_setting, web_url=nobody))
    assert (check.name, check.exit_code) == ("server", 5)
    assert "network" in check.hint


def test_the_address_leads_somewhere_else(web_setting: Setting, local_setting: Setting) -> None:
    elsewhere = f"{web_setting.server.url}/elsewhere"
    check = last(examined(web_setting, web_url=elsewhere))
    assert (check.name, check.exit_code) == ("server", 5)
    assert "Check the address" in check.hint
    without_api = local_setting.server.url.removesuffix("/api")
    check = last(examined(local_setting, local_url=without_api))
    assert (check.name, check.exit_code) == ("local API", 5)


def test_the_server_is_busy(web_setting: Setting) -> None:
    web_setting.server.faults.on(answer(503), times=None)
    assert last(examined(web_setting)).exit_code == 5


def test_a_library_that_is_not_there(setting: Setting) -> None:
    check = last(examined(setting, id="group/999"))
    assert (check.name, check.exit_code) == ("library", 3)
    assert check.hint


def test_a_collection_that_is_not_there(setting: Setting) -> None:
    setting.store.add_collection("ICML 2021")
    assert last(examined(setting, collection="ICML 2021")).state == "ok"
    check = last(examined(setting, collection="ICML 2020"))
    assert (check.name, check.exit_code) == ("collection", 3)
    assert check.hint == "Did you mean ICML 2021?"


def test_one_working_server_is_enough(
    web_setting: Setting,
    local_setting: Setting,
    nobody: str,  # noqa: F811
) -> None:
    settings = replace(web_setting.settings, server="auto", local_url=nobody)
    found = check_up(settings, QUICK)
    assert (found.uses, found.exit_code) == ("web", 0)
    assert found.checks[0].state == "failed"
    both = replace(settings, local_url=local_setting.server.url)
    assert check_up(both, QUICK).uses == "local"
