from __future__ import annotations

from .conftest import Shell


def test_a_sound_library_passes(shell: Shell) -> None:
    ran = shell("check", "sample.bib")
    assert (ran.code, ran.out, ran.err) == (0, "", "sample.bib: nothing to report\n")


def test_what_is_damaged_or_said_twice_is_named(shell: Shell) -> None:
    shell.write("x.bib", "@misc{a, keywords={skim, 精读}}\n@misc{A}\n@misc{b, t={x} y}\n")
    ran = shell("check", "x.bib")
    assert ran.code == 1
    assert ran.out == (
        "x.bib:2: A: the key is repeated; the entry in line 1 is the one read\n"
        "x.bib:3: b: the rest of the entry is not read: a comma or a } is missing\n"
        "x.bib:1: a: more than one priority: skim stands there too\n"
    )


def test_a_second_opinion_names_what_bibtexparser_does_not_see(shell: Shell) -> None:
    shell.write("x.bib", "@misc{a, title={A}}\n% @misc{b, title={B}}\n@misc{c d, title={C}}\n")
    assert shell("check", "x.bib", "--second-opinion").out.splitlines()[-1] == (
        "x.bib:3: c: bibtexparser, on which other tools stand, does not see this entry"
    )
    assert shell("check", "sample.bib", "--second-opinion").code == 0
