from __future__ import annotations

import json

import pytest

from .conftest import Shell


def test_undo_takes_back_run_after_run(shell: Shell) -> None:
    original = shell.read()
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    middle = shell.read()
    shell("set", "sample.bib", "niu21a", "--review", "new")
    assert shell("undo").code == 0
    assert shell.read() == middle
    assert shell("undo").code == 0
    assert shell.read() == original
    assert shell("undo").code == 3


def test_runs_are_listed_and_taken_back_by_id(shell: Shell) -> None:
    original = shell.read()
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    shell("set", "sample.bib", "niu21a", "--review", "new")
    runs = json.loads(shell("undo", "--list", "--json").out)
    assert [run["papers"] for run in runs] == [["niu21a"], ["liu21c"]]
    shell("undo", runs[1]["id"])
    assert "{new}" in shell.read()
    shell("undo", runs[0]["id"])
    assert shell.read() == original
    listing = shell("undo", "--list").out
    assert listing.count("undone by") == 2
    assert listing.count("undo of") == 2


def test_an_undo_is_undone_by_its_id(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    changed = shell.read()
    shell("undo")
    newest = json.loads(shell("undo", "--list", "--json").out)[0]
    assert newest["undoes"]
    assert shell("undo", newest["id"]).code == 0
    assert shell.read() == changed


def test_a_run_that_was_undone_and_made_again_by_hand_can_be_undone_again(shell: Shell) -> None:
    original = shell.read()
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    changed = shell.read()
    shell("undo")
    undo = json.loads(shell("undo", "--list", "--json").out)[0]["id"]
    shell.write("sample.bib", changed)
    assert "Nothing of this run is left" in shell("undo", undo).err
    states = [run["state"] for run in json.loads(shell("undo", "--list", "--json").out)]
    assert states == ["done", "undone", "done"]
    assert shell("undo").code == 0
    assert shell.read() == original


def test_what_somebody_changed_since_is_left_and_named(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "niu21a", "--review", "mine")
    text = shell.read()
    first = text.index("{mine}")
    shell.write("sample.bib", text[:first] + "{theirs}" + text[first + 6 :])
    ran = shell("undo")
    assert ran.code == 7
    assert "liu21c: not changed: its fields were changed by somebody else" in ran.err
    assert shell.read().count("{theirs}") == 1
    assert "{mine}" not in shell.read()


def test_other_edits_of_the_file_do_not_stand_in_the_way(shell: Shell) -> None:
    original = shell.read()
    shell("set", "sample.bib", "liu21c", "--review", "mine")
    shell.write("sample.bib", "% added\n" + shell.read().replace("Learning by Turning", "New"))
    shell("undo")
    assert shell.read() == "% added\n" + original.replace("Learning by Turning", "New")


def test_a_dry_run_of_undo_shows_the_diff(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--review", "mine")
    changed = shell.read()
    ran = shell("undo", "--dry-run")
    assert "\n-  annote    = {mine},\n" in ran.out
    assert shell.read() == changed


def test_a_library_that_is_gone_is_named(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--review", "mine")
    shell.path().unlink()
    ran = shell("undo")
    assert (ran.code, "sample.bib does not exist" in ran.err) == (3, True)
    assert "bibnotes undo RUN" in ran.err


def test_a_run_that_cannot_be_taken_back_now_stays_and_the_one_before_is_named(
    shell: Shell,
) -> None:
    original = shell.read()
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    shell("set", "sample.bib", "niu21a", "--review", "mine")
    mine = shell.read()
    shell.write("sample.bib", mine.replace("{mine}", "{theirs}"))
    shown = shell("undo", "--dry-run")
    assert (shown.code, "niu21a: not changed" in shown.err) == (6, True)
    for _ in range(2):
        ran = shell("undo")
        assert (ran.code, "The run before that can be undone: bibnotes undo" in ran.err) == (
            6,
            True,
        )
    assert "{theirs}" in shell.read()
    shell.write("sample.bib", mine)
    assert [shell("undo").code for _ in range(3)] == [0, 0, 3]
    assert shell.read() == original


def test_a_run_that_somebody_took_back_by_hand_is_passed_over_too(shell: Shell) -> None:
    original = shell.read()
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    middle = shell.read()
    shell("set", "sample.bib", "niu21a", "--review", "mine")
    shell.write("sample.bib", middle)
    ran = shell("undo")
    assert (ran.code, "1 as before" in ran.err) == (0, True)
    assert shell("undo").code == 0
    assert shell.read() == original


def test_what_an_undo_had_to_leave_is_taken_back_by_the_next(shell: Shell) -> None:
    original = shell.read()
    shell("set", "sample.bib", "mellor21a", "--priority", "skim")
    before = shell.read()
    shell("set", "sample.bib", "liu21c", "niu21a", "--review", "mine")
    text = shell.read()
    first = text.index("{mine}")
    theirs = text[:first] + "{theirs}" + text[first + 6 :]
    shell.write("sample.bib", theirs)
    assert shell("undo").code == 7
    again = shell("undo")
    assert (again.code, "liu21c: not changed" in again.err) == (6, True)
    assert "The run before that can be undone: bibnotes undo" in again.err
    assert "partly undone" in shell("undo", "--list").out
    shell.write("sample.bib", shell.read().replace("{theirs}", "{mine}"))
    rest = shell("undo")
    assert (rest.code, "1 changed" in rest.err) == (0, True), rest.err
    assert shell.read() == before
    assert [shell("undo").code for _ in range(2)] == [0, 3]
    assert shell.read() == original


def test_a_run_of_which_nothing_is_left_changes_nothing_more(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    run = json.loads(shell("undo", "--list", "--json").out)[0]["id"]
    shell("undo")
    for _ in range(2):
        ran = shell("undo", run)
        assert (ran.code, "Nothing of this run is left" in ran.err) == (0, True)
    assert len(json.loads(shell("undo", "--list", "--json").out)) == 2


def test_beside_what_was_taken_back_by_hand_the_run_before_is_named_too(shell: Shell) -> None:
    shell("set", "sample.bib", "mellor21a", "--priority", "skim")
    before = shell.read()
    shell("set", "sample.bib", "liu21c", "niu21a", "--review", "mine")
    run, older = json.loads(shell("undo", "--list", "--json").out)
    shell.write("sample.bib", before)
    shell("set", "sample.bib", "liu21c", "--review", "theirs")
    ran = shell("undo", run["id"])
    assert (ran.code, "1 as before" in ran.err) == (7, True), ran.err
    assert f"The run before that can be undone: bibnotes undo {older['id']}" in ran.err


def test_a_run_that_is_refused_names_the_one_before(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--priority", "skim")
    older = json.loads(shell("undo", "--list", "--json").out)[0]["id"]
    shell("set", "sample.bib", "niu21a", "mellor21a", "--review", "mine")
    text = shell.read()
    shell.write("sample.bib", text + "@misc{niu21a,}\n@misc{mellor21a,}\n")
    for _ in range(2):
        ran = shell("undo")
        assert (ran.code, "its key is repeated" in ran.err) == (1, True)
        assert f"The run before that can be undone: bibnotes undo {older}" in ran.err
    assert shell("undo", older).code == 0


SCALE = "scale:\n  - {id: dull, label: Dull, tags: [dull]}\n"


@pytest.mark.parametrize("name", ["sample.bib", "notes.md", "notes.yaml"])
def test_a_priority_of_another_folders_scale_is_taken_back(shell: Shell, name: str) -> None:
    """The journal is one for all folders, and knows by which scale a run was made."""
    if name != "sample.bib":
        shell("digest", "sample.bib", "-o", "notes.md")
    if name == "notes.yaml":
        shell.write(name, "- key: liu21c\n  title: A Paper\n")
    shell.write("bibnotes.yaml", SCALE)
    original = shell.read(name)
    path = str(shell.path(name))
    done = shell("set", path, "liu21c", "--priority", "dull")
    assert done.code == 0, done.err
    assert shell.read(name) != original
    shell.path("bibnotes.yaml").unlink()
    undone = shell("undo")
    assert undone.code == 0, undone.err
    assert "1 changed" in undone.err
    assert shell.read(name) == original
