"""What a shell offers; bash itself is asked where it is installed."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY

from .conftest import Ran, Shell

SHELLS = ["bash", "zsh", "fish", "powershell"]


def asked(shell: Shell, line: str) -> Ran:
    """What bash would get for a line, of which the last word is completed."""
    words = ["bibnotes", *line.split(" ")]
    return shell(
        _BIBNOTES_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
        BIBNOTES_CACHE_DIR=str(shell.folder.parent / "cache"),
    )


def offered(shell: Shell, line: str) -> list[str]:
    ran = asked(shell, line)
    assert ran.err == ""
    return [item.partition(",")[2] for item in ran.out.splitlines() if item.startswith("plain,")]


def test_commands_and_options_are_completed(shell: Shell) -> None:
    assert {"attach", "cite", "digest", "import", "undo"} <= set(offered(shell, ""))
    assert offered(shell, "exp") == ["export"]
    assert offered(shell, "cite --st") == ["--style"]
    assert offered(shell, "export --format ") == ["bibtex", "csljson", "csv"]


def test_every_option_is_offered_as_its_command_declares_it(shell: Shell) -> None:
    for command in offered(shell, ""):
        help_text = shell(command, "--help").out
        for option in offered(shell, f"{command} --"):
            assert option in help_text


def test_keys_of_the_library_are_completed(shell: Shell) -> None:
    shell.write(
        "other.bib", "@string{not = {a}}\n@Misc{DBLP:conf/X, a={b}}\n@misc( 王2021 , a={b})"
    )
    assert offered(shell, "cite sample.bib m") == ["mellor21a", "miao21a"]
    assert offered(shell, "cite other.bib ") == ["DBLP:conf/X", "王2021"]
    assert offered(shell, "cite other.bib 王2021 ") == ["DBLP:conf/X"]
    assert offered(shell, "set sample.bib mel") == ["mellor21a"]


def test_the_library_that_is_meant_is_completed_too(shell: Shell) -> None:
    assert offered(shell, "cite mell") == ["mellor21a"]
    shell.write("other.bib", "@misc{mellow}")
    assert offered(shell, "cite mell") == []
    shell.write("bibnotes.yaml", "library: other.bib")
    assert offered(shell, "cite mell") == ["mellow"]


def test_libraries_come_before_keys(shell: Shell) -> None:
    shell.write("digest.md", "")
    shell.write("notes.txt", "")
    assert offered(shell, "digest ") == ["digest.md", "sample.bib"]
    assert offered(shell, "cite sa") == ["sample.bib"]


def test_keys_of_a_sheet_are_completed(shell: Shell) -> None:
    shell("digest", "sample.bib", "-o", "digest.md")
    assert offered(shell, "cite digest.md mell") == ["mellor21a"]
    shell.write(
        "s.yaml", "- key: mell21\n  title: T\n- {title: U, key: 'mell:22'}\n- title: key: no"
    )
    assert offered(shell, "cite s.yaml mell") == ["mell21", "mell:22"]


def test_the_keys_of_a_large_file_are_remembered_until_it_changes(shell: Shell) -> None:
    padding = f"@misc{{big, abstract={{{'x' * 100_000}}}}}"
    shell.write("big.bib", "@misc{one}" + padding)
    assert offered(shell, "cite big.bib ") == ["one", "big"]
    (memory,) = (shell.folder.parent / "cache" / "keys").iterdir()
    assert offered(shell, "cite big.bib ") == ["one", "big"]
    shell.write("big.bib", "@misc{another}" + padding)
    assert offered(shell, "cite big.bib ") == ["another", "big"]
    assert memory.read_text("utf-8").endswith("another\nbig")


def test_levels_are_completed_in_both_languages(shell: Shell) -> None:
    groups = ["reviewed", "unread"]
    levels = ["close-read", "interesting", "skim"]
    assert offered(shell, "list --priority ") == [*levels, *groups]
    assert offered(shell, "set --priority ") == levels
    assert offered(shell, "list --priority 精") == ["精读"]
    shell.write("bibnotes.yaml", "scale: [{id: now, label: {en: Now, zh: 现在}}]")
    assert offered(shell, "list --priority ") == ["now", *groups]


def test_styles_are_completed(shell: Shell) -> None:
    shell.write("mine-own-too.csl", "")
    folder = shell.path(".local/share/pandoc/csl")
    folder.mkdir(parents=True)
    (folder / "mine-own.csl").touch()
    shell.variables["HOME"] = str(shell.folder)
    assert offered(shell, "cite --style mine-own") == ["mine-own", "mine-own-too.csl"]


def test_collections_and_keys_of_zotero_come_from_what_was_read(
    zotero_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    collection = web.api.library.add_collection("ICML 2021")
    web.api.library.add(
        "book", citationKey="known21", title="A book", date="2021", collections=[collection]
    )
    assert offered(zotero_shell, "list --zotero --collection ") == []
    options = ["--zotero", "--server", "web", "--collection", "ICML 2021"]
    assert zotero_shell("list", *options).code == 0
    before = len(web.log.exchanges)
    assert offered(zotero_shell, "list --zotero --collection ") == ["ICML 2021"]
    assert offered(zotero_shell, "cite --zotero kn") == ["known21"]
    assert len(web.log.exchanges) == before


@pytest.mark.parametrize("text", ["library: [", "library: nowhere.bib"])
def test_nothing_is_offered_where_anything_is_wrong(shell: Shell, text: str) -> None:
    shell.write("bibnotes.yaml", text)
    assert asked(shell, "cite mell") == Ran(0, "\n", "")


def test_a_cache_that_cannot_be_written_does_not_matter(shell: Shell) -> None:
    (shell.folder.parent / "cache").write_text("a file")
    assert offered(shell, "cite sample.bib mell") == ["mellor21a"]


@pytest.mark.parametrize("name", SHELLS)
def test_each_shell_has_its_script(shell: Shell, name: str) -> None:
    ran = shell("completion", name)
    assert (ran.code, ran.err) == (0, "")
    assert f"{name}_complete" in ran.out


def bash_proposes(shell: Shell, *words: str) -> str:
    """What bash puts on the line after ``bibnotes cite refs.bib``, and says meanwhile."""
    typed = " ".join(map(shlex.quote, words))
    shell.write(
        "ask.sh",
        f"""
        PATH={Path(sys.executable).parent}:$PATH BIBNOTES_CACHE_DIR=cache
        export PATH BIBNOTES_CACHE_DIR
        eval "$(bibnotes completion bash)"
        COMP_WORDS=(bibnotes cite refs.bib {typed}) COMP_CWORD=3
        $(complete -p bibnotes | sed 's/.*-F \\([^ ]*\\).*/\\1/') bibnotes
        printf '%s\\n' "${{COMPREPLY[@]}}"
        case "$COMP_WORDBREAKS" in *:*) echo cut at colons;; esac
        """,
    )
    ran = shell.script("bash ask.sh")
    return ran.out + ran.err


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes_keys_with_colons(shell: Shell) -> None:
    shell.write("refs.bib", "@misc{DBLP:conf/X}\n@misc{DBLP:conf/Y}\n@misc{other}")
    assert bash_proposes(shell, "DBLP:conf/").splitlines() == ["DBLP:conf/X", "DBLP:conf/Y"]


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize("opened", ["", "'", '"'])
@pytest.mark.parametrize(
    "key", ["q$(id>RAN)x", "q`id>RAN`x", "q;id>RAN", "q*", "qit's", 'q"\\', "q王"]
)
def test_bash_gets_keys_as_words_and_runs_nothing(shell: Shell, key: str, opened: str) -> None:
    shell.write("refs.bib", f"@misc{{{key}, title={{T}}}}\n")
    shell.write("qfile", "")
    (proposed,) = bash_proposes(shell, f"{opened}q").splitlines()
    shell.write("line.sh", f"printf %s {opened}{proposed}{opened}\n")
    assert shell.script("bash line.sh").out == key
    assert not shell.path("RAN").exists()


def test_powershell_gets_keys_quoted(shell: Shell) -> None:
    assert "($value -replace " in shell("completion", "powershell").out


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes_keys_and_explains_levels(shell: Shell) -> None:
    shell.write(
        "ask.fish",
        f"""
        set -x PATH {Path(sys.executable).parent} $PATH
        set -x BIBNOTES_CACHE_DIR cache
        bibnotes completion fish | source
        complete -C 'bibnotes cite sample.bib mel'
        complete -C 'bibnotes set sample.bib xu21m --priority sk'
        """,
    )
    assert shell.script("HOME=. fish ask.fish").out.splitlines() == ["mellor21a", "skim\t略读"]
