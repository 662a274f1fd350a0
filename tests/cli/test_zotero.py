"""Commands on a Zotero library, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bibnotes.cli import zotero_options
from bibnotes.model import Review
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import Handle, answer, cut_before, first
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY, KEY_INVALID

from .conftest import Shell

WEB = ("--zotero", "--server", "web")


@pytest.fixture
def web_shell(zotero_shell: Shell) -> Shell:
    """One whose user has a key in the environment."""
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    return zotero_shell


def add_icml(library: Library) -> tuple[str, str]:
    """Two papers of a collection, the first one read closely; and one paper outside it."""
    collection = library.add_collection("ICML 2021")
    closely = library.add(
        "conferencePaper",
        citationKey="mellor21a",
        title="Neural Architecture Search without Training",
        creators=[{"creatorType": "author", "firstName": "Joe", "lastName": "Mellor"}],
        date="2021-07-01",
        url="https://example.org/nas",
        collections=[collection],
        tags=["NAS", "精读"],
    )
    library.add_note(closely, "<p>看初始化时的<strong>激活</strong></p>", ["bibnotes"])
    other = library.add("book", title="A book", date="2020", collections=[collection])
    library.add("book", citationKey="outside", title="Another", tags=["NAS"])
    return closely, other


def keys(shell: Shell, *words: str) -> list[str]:
    ran = shell("list", *WEB, "--json", *words)
    assert ran.code == 0, ran.err
    return [paper["key"] for paper in json.loads(ran.out)]


def test_a_digest_of_a_collection(web_shell: Shell, web: ZoteroServer[WebApi]) -> None:
    closely, other = add_icml(web.api.library)
    ran = web_shell("digest", *WEB, "--collection", "ICML 2021", "--lang", "zh")
    mark = Review("close-read", "看初始化时的**激活**").digest()
    assert ran.code == 0
    assert (
        ran.out
        == f"""\
---
title: "阅读摘要：Test User/ICML 2021"
bibnotes: 1
---
共2篇：精读1，未读1

## 精读 (1)

### Neural Architecture Search without Training [@mellor21a] <!-- bibnotes {mark} -->

Joe Mellor · 2021 · [link](https://example.org/nas) · [Zotero](zotero://select/library/items/{closely})

> 看初始化时的**激活**

## 未读 (1)

### A book [@Book2020] <!-- bibnotes {Review().digest()} -->

2020 · [Zotero](zotero://select/library/items/{other})
"""
    )


def test_it_is_said_which_library_is_read(web_shell: Shell, web: ZoteroServer[WebApi]) -> None:
    web.api.library.add("book", title="A book")
    host = web.url.removeprefix("http://")
    assert web_shell("list", *WEB).err == f"Test User: {host}\n"
    said = web_shell("list", "--zotero").err
    assert said.startswith("user/0: Zotero on this computer")


def test_json_says_where_a_paper_is_and_whether_its_key_was_made_up(
    web_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    closely, _ = add_icml(web.api.library)
    (note,) = web.api.library.notes(closely)
    first, second = json.loads(web_shell("list", *WEB, "--json", "--collection", "ICML 2021").out)
    assert (first["key"], first["made_up_key"]) == ("mellor21a", False)
    assert first["source"] == {
        "library": "user/475001",
        "item": closely,
        "version": web.api.library.item(closely)["version"],
        "note": note["key"],
        "link": f"zotero://select/library/items/{closely}",
    }
    assert (second["key"], second["made_up_key"]) == ("Book2020", True)


def test_a_group_is_read_and_linked(web_shell: Shell, web: ZoteroServer[WebApi]) -> None:
    group = web.api.libraries["groups/5001"]
    item = group.add("book", citationKey="shared")
    web_shell.write("bibnotes.yaml", "zotero: {id: group/5001}")
    (paper,) = json.loads(web_shell("list", *WEB, "--json").out)
    assert paper["source"]["link"] == f"zotero://select/groups/5001/items/{item}"


def test_the_options_choose_papers(web_shell: Shell, web: ZoteroServer[WebApi]) -> None:
    add_icml(web.api.library)
    assert keys(web_shell, "--tag", "nas") == ["mellor21a", "outside"]
    assert keys(web_shell, "--tag", "nas", "--collection", "ICML 2021") == ["mellor21a"]
    assert keys(web_shell, "--priority", "close-read") == ["mellor21a"]
    assert keys(web_shell, "--year", "2019-2020") == ["Book2020"]
    assert keys(web_shell, "--search", "review:激活") == ["mellor21a"]
    lost = web_shell("list", *WEB, "--collection", "ICML 2020")
    assert lost.code == 3
    assert "Did you mean ICML 2021?" in lost.err


def test_the_options_need_zotero(zotero_shell: Shell) -> None:
    done = zotero_shell("list", "--collection", "ICML 2021")
    assert done.code == 2
    assert "Add --zotero." in done.err


@pytest.mark.parametrize("option", ["--collection", "--tag"])
def test_an_empty_name_is_not_taken_for_none(web_shell: Shell, option: str) -> None:
    assert web_shell("list", *WEB, option, "").code == 2


def test_names_from_a_server_cannot_reach_the_terminal(
    web_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    web.api.library.add_collection("ICML 2021\x1b[31m")
    ran = web_shell("list", *WEB, "--collection", "ICML 2020")
    assert "Did you mean ICML 2021" in ran.err
    assert "\x1b" not in ran.err


def test_a_file_and_zotero_are_one_digest(web_shell: Shell, web: ZoteroServer[WebApi]) -> None:
    add_icml(web.api.library)
    ran = web_shell("digest", "sample.bib", *WEB)
    assert "19 papers" in ran.out
    assert "bibliography: sample.bib\n" in ran.out


def test_check_names_papers_with_two_priorities(
    web_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    item = web.api.library.add("book", citationKey="torn", tags=["精读", "略读"])
    ran = web_shell("check", *WEB)
    assert ran.code == 1
    assert f"user/475001/{item}: torn: more than one priority" in ran.out


def test_verbose_tells_of_requests_on_the_standard_error(
    zotero_shell: Shell, local: ZoteroServer[LocalApi]
) -> None:
    local.api.library.add("book", citationKey="a")
    done = zotero_shell("list", "--zotero", "--verbose")
    told = [line.split(" ")[:3] for line in done.err.splitlines() if line.startswith("GET")]
    assert told == [
        ["GET", "/connector/ping", "200"],
        ["GET", "/api/", "200"],
        ["GET", "/api/users/0/items", "200"],
    ]
    assert "GET" not in done.out


def test_variables_of_other_tools_lead_to_a_library(
    zotero_shell: Shell, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]
) -> None:
    web.api.libraries["groups/5001"].add("book", citationKey="shared")
    local.api.library.add("book", citationKey="here")
    group = {"ZOTERO_LIBRARY_TYPE": "group", "ZOTERO_LIBRARY_ID": "5001", "ZOTERO_API_KEY": KEY}
    assert "shared" in zotero_shell("list", *WEB, **group).out
    local.api.enabled = False
    assert zotero_shell("list", "--zotero", ZOTERO_API_KEY=KEY).code == 0
    assert zotero_shell("list", "--zotero", ZOTERO_API_KEY=KEY, ZOTERO_LOCAL="true").code == 4


# No key shows, whatever happens

TROUBLES = ("none", "503", "418", "cut", "revoked", "wrong key", "html")


def _echo(request: Request, _handle: Handle) -> Response:
    """A server, or what stands before it, that repeats all that it was sent."""
    sent = " ".join(request.headers.values())
    return Response.text(f"<h1>{sent}</h1>", {"X-Zotero-Version": "9"}, 418, "text/html")


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        *(("digest --zotero", trouble) for trouble in TROUBLES),
        *(("doctor", trouble) for trouble in ("none", "418", "wrong key")),
        *(("login", trouble) for trouble in ("none", "418", "wrong key")),
    ],
)
def test_no_key_shows(
    zotero_shell: Shell, web: ZoteroServer[WebApi], tmp_path: Path, command: str, trouble: str
) -> None:
    key = KEY_INVALID if trouble == "wrong key" else KEY
    troubles: dict[str, Any] = {
        "503": answer(503, KEY, retry_after=9999),
        "418": _echo,
        "cut": cut_before(),
        "revoked": first(lambda: web.api.accounts.keys.pop(KEY, None)),
        "html": lambda _request, _handle: Response.text(f"<p>{KEY}</p>", content_type="text/html"),
    }
    if trouble in troubles:
        web.faults.on(troubles[trouble], times=None if trouble != "cut" else 1)
    typed = key if command == "login" else ""
    words = [*command.split(), "--server", "web", "--verbose"]
    done = zotero_shell(*words, stdin=typed, ZOTERO_API_KEY=key, BIBNOTES_DEBUG="1")
    assert key not in done.out + done.err
    assert "Bearer" not in done.out + done.err
    assert done.code in ((0,) if trouble in ("none", "cut") else (1, 4, 5))
    for file in (tmp_path / "cache").rglob("*"):
        assert not file.is_file() or key.encode() not in file.read_bytes()


# What takes long


CLEAR = "\r\x1b[K"


def test_a_bar_shows_how_much_is_read_and_goes_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = zotero_options.Bar("items from Zotero", after=0)
    shown = ""
    with bar.shown():
        while "waiting for Zotero" not in shown:
            shown += capsys.readouterr().err
        bar.show(100, 400)
        while "100 of 400" not in shown:
            shown += capsys.readouterr().err
    shown += capsys.readouterr().err
    assert f"{CLEAR}[######..................] 100 of 400 items from Zotero{CLEAR}" in shown
    assert shown.endswith(CLEAR)


def test_what_is_quick_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = zotero_options.Bar("items from Zotero", after=3600)
    with bar.shown():
        bar.show(100, 400)
    assert capsys.readouterr().err == ""


def test_there_is_no_bar_where_nobody_watches(web_shell: Shell, web: ZoteroServer[WebApi]) -> None:
    web.latency = 0.4
    for number in range(250):
        web.api.library.add("book", citationKey=str(number))
    done = web_shell("list", *WEB)
    assert done.code == 0
    assert "items from Zotero" not in done.err


def test_more_problems_than_are_shown_are_found_with_check(
    web_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    for number in range(12):
        web.api.library.add("note", note=f"<p>{number}</p>", tags=["bibnotes"])
    assert "and 2 more; bibnotes check --zotero shows them all" in web_shell("list", *WEB).err
    done = web_shell("check", *WEB, "--second-opinion")
    assert len(done.out.splitlines()) == 12
    assert "--second-opinion is for .bib files" in done.err
