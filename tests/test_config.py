"""bibnotes.yaml and the environment: what they set, and how what is wrong with them is said."""

import os
import re
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bibnotes import config, config_file
from bibnotes.config import Settings, ZoteroSettings, language_of, load
from bibnotes.errors import NotAllowedError, UsageError
from bibnotes.scale import DEFAULT_SCALE


def read(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    (folder / config_file.NAME).write_text(textwrap.dedent(text), encoding="utf-8")
    return load(folder, environ or {})


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read(folder, text)
    return caught.value.message.splitlines()


def the_problem(folder: Path, text: str) -> str:
    (problem,) = problems(folder, text)
    return problem


# What can be set.


def test_without_a_file_everything_has_its_default(tmp_path):
    assert load(tmp_path, {}) == Settings()
    assert Settings().scale == DEFAULT_SCALE
    assert Settings().zotero.web_url == "https://api.zotero.org"
    assert Settings().zotero.local_url == "http://127.0.0.1:23119/api"


@pytest.mark.parametrize("text", ["", "# later\n", "---\n", "library:\nzotero: ~\n", "\ufeff"])
def test_an_empty_file_changes_nothing(tmp_path, text):
    assert read(tmp_path, text) == Settings(file=tmp_path / "bibnotes.yaml")


def test_every_setting_can_be_set(tmp_path):
    found = read(
        tmp_path,
        """\
        library: refs.bib
        language: zh
        profile: jabref
        pages: notes/
        zotero:
          server: web
          id: group/123456
          collection: ICML 2021
          reader: ana
          web_url: https://zotero.example/
          local_url: http://127.0.0.1:23120/api
        """,
    )
    assert found == Settings(
        library=tmp_path / "refs.bib",
        language="zh",
        profile="jabref",
        pages=tmp_path / "notes",
        zotero_chosen=ZoteroSettings(
            server="web",
            id="group/123456",
            collection="ICML 2021",
            reader="ana",
            web_url="https://zotero.example",
            local_url="http://127.0.0.1:23120/api",
            web_url_of_file=True,
        ),
        file=tmp_path / "bibnotes.yaml",
    )


@pytest.mark.parametrize("library", ["user", "user/475001", "group/123456"])
def test_a_zotero_library_is_a_user_or_a_group(tmp_path, library):
    assert read(tmp_path, f"zotero: {{id: {library}}}").zotero.id == library


def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path):
    data = "\ufefflibrary: refs.bib\r\nlanguage: zh\r\n".encode()
    (tmp_path / "bibnotes.yaml").write_bytes(data)
    found = load(tmp_path, {})
    assert (found.library, found.language) == (tmp_path / "refs.bib", "zh")


# Where the file is found, and what its paths mean.


def test_the_nearest_file_upwards_is_read(tmp_path):
    inner = tmp_path / "thesis" / "chapter"
    inner.mkdir(parents=True)
    read(tmp_path, "library: all.bib")
    assert load(inner, {}).library == tmp_path / "all.bib"
    read(tmp_path / "thesis", "library: thesis.bib")
    assert load(inner, {}).library == tmp_path / "thesis" / "thesis.bib"


def test_a_relative_working_folder_is_looked_at_upwards_too(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    read(tmp_path, "library: refs.bib")
    monkeypatch.chdir(tmp_path / "inner")
    assert load(Path(), {}).library == tmp_path / "refs.bib"


def test_a_file_found_upwards_is_named_as_seen_from_the_working_folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "bibnotes.yaml").write_text("langage: zh")
    with pytest.raises(UsageError, match=r"^\.\.[/\\]bibnotes\.yaml:1: unknown key"):
        load(tmp_path / "inner", {})


def test_an_absolute_path_and_a_path_from_home_stay_what_they_are(tmp_path):
    absolute = tmp_path / "elsewhere" / "refs.bib"
    found = read(
        tmp_path, f"library: '{absolute}'\npages: ~/notes", {"HOME": str(tmp_path / "home")}
    )
    assert found.library == absolute
    assert found.pages == tmp_path / "home" / "notes"


def test_a_folder_of_that_name_is_an_error(tmp_path):
    (tmp_path / "bibnotes.yaml").mkdir()
    with pytest.raises(UsageError, match=r"^bibnotes\.yaml is not a file$"):
        load(tmp_path, {})


def test_a_link_that_leads_nowhere_is_an_error(tmp_path):
    (tmp_path / "bibnotes.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(UsageError, match="is not a file"):
        load(tmp_path, {})


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user"
)
def test_a_file_that_must_not_be_read_is_not_allowed(tmp_path):
    (tmp_path / "bibnotes.yaml").touch(mode=0o000)
    with pytest.raises(NotAllowedError, match=r"^bibnotes\.yaml cannot be read"):
        load(tmp_path, {})


# The scale.


def level_of(folder: Path, text: str):
    (level,) = read(folder, f"scale:\n- {text}").scale.levels
    return level


def test_a_level_has_an_id_labels_tags_and_a_jabref_level(tmp_path):
    level = level_of(
        tmp_path,
        "{id: must, label: {en: Must read, zh: 必读},"
        " tags: {zh: 必读, en: must, also: [urgent, 急]}, jabref: prio1}",
    )
    assert level.id == "must"
    assert level.labels == {"en": "Must read", "zh": "必读"}
    assert level.tags == {"en": "must", "zh": "必读"}
    assert level.also == ("urgent", "急")
    assert level.jabref == "prio1"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{id: must}", ("must", "must")),
        ("{id: must, label: Must read}", ("Must read", "Must read")),
        ("{id: must, label: {zh: 必读}}", ("必读", "必读")),
        ("{id: must, label: {en: Must, zh: 必读}}", ("Must", "必读")),
        ("{id: must, label: }", ("must", "must")),
    ],
)
def test_a_label_that_is_left_out_is_the_other_languages_or_the_id(tmp_path, text, labels):
    level = level_of(tmp_path, text)
    assert (level.label("en"), level.label("zh")) == labels


@pytest.mark.parametrize(
    ("text", "written", "also"),
    [
        ("{id: must}", ("must", "must"), ()),
        ("{id: must, tags: urgent}", ("urgent", "urgent"), ()),
        ("{id: must, tags: [urgent, now, 急]}", ("urgent", "urgent"), ("now", "急")),
        ("{id: must, tags: []}", ("must", "must"), ()),
        ("{id: must, tags: {zh: 必读}}", ("必读", "必读"), ()),
        ("{id: must, tags: {en: must, zh: 必读, also: urgent}}", ("must", "必读"), ("urgent",)),
        ("{id: must, tags: {also: [urgent]}}", ("must", "must"), ("urgent",)),
        ("{id: 必读, tags: C#}", ("C#", "C#"), ()),
    ],
)
def test_tags_are_one_a_list_or_by_language(tmp_path, text, written, also):
    level = level_of(tmp_path, text)
    assert (level.tag("en"), level.tag("zh")) == written
    assert level.also == also


def test_the_scale_in_the_file_replaces_the_default_one_in_its_order(tmp_path):
    scale = read(tmp_path, "scale:\n- id: later\n- id: now\n").scale
    assert [level.id for level in scale.levels] == ["later", "now"]
    assert scale.by_tag("精读") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("scale: []", "1: `scale` has no level; leave it out for the default scale"),
        ("scale: high", "1: `scale` must be a list, not text"),
        ("scale:\n- high", "2: `level` must be a mapping, not text"),
        ("scale:\n- label: High", "2: `level.id` is missing"),
        (
            "scale:\n- id: high up",
            "2: `level.id` is `high up`; it must be one word of letters, digits and . - _",
        ),
        ("scale:\n- id: now\n- id: now", "3: there is a level `now` already"),
        (
            "scale:\n- {id: now, tags: 急}\n- {id: later, tags: 【急】}",
            "3: `【急】` means both `now` and `later`",
        ),
        (
            "scale:\n- {id: now}\n- {id: later, label: Now}",
            "3: `Now` means both `now` and `later`",
        ),
        (
            "scale:\n- {id: a, jabref: prio1}\n- {id: b, jabref: prio1}",
            "3: `prio1` means both `a` and `b`",
        ),
        ("scale:\n- id: reviewed", "2: `reviewed` is reserved for papers without a priority"),
        ("scale:\n- id: unread", "2: `unread` is reserved for papers without a priority"),
        (
            "scale:\n- {id: now, label: 未读}",
            "2: `未读` is reserved for papers without a priority",
        ),
        (
            "scale:\n- {id: now, jabref: prio9}",
            "2: `level.jabref` is `prio9`; it must be one of prio1, prio2, prio3",
        ),
        (
            "scale:\n- id: now\n  tags: [now, 'soon, too']",
            (
                "3: `level.tags` is `soon, too`; it must be a tag: a letter or more,"
                r' none of , ; " \ { }'
            ),
        ),
        (
            "scale:\n- id: now\n  tags: 【】",
            r'3: `level.tags` is `【】`; it must be a tag: a letter or more, none of , ; " \ { }',
        ),
        (
            "scale:\n- id: now\n  label: [Now]",
            "3: `level.label` must be text or a mapping, not a list",
        ),
        (
            "scale:\n- id: now\n  label: {fr: Lire}",
            "3: unknown key `level.label.fr`; the keys are en, zh",
        ),
    ],
)
def test_a_bad_level_is_named_with_its_line(tmp_path, text, problem):
    assert the_problem(tmp_path, text) == f"bibnotes.yaml:{problem}"


# What is wrong is named with its line.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "library: refs.bib\n\nlangage: zh",
            "3: unknown key `langage`; did you mean `language`?",
        ),
        ("Library: refs.bib", "1: unknown key `Library`; did you mean `library`?"),
        (
            "zotero:\n  sever: web",
            "2: unknown key `zotero.sever`; did you mean `zotero.server`?",
        ),
        (
            "colour: red",
            (
                "1: unknown key `colour`;"
                " the keys are library, language, profile, pages, scale, zotero"
            ),
        ),
        ("? [a]\n: b", "1: a key must be text"),
        (
            "language: zh\npages: notes\nlanguage: en",
            "3: `language` stands in line 1 already",
        ),
        ("library: [a.bib]", "1: `library` must be text, not a list"),
        ("library: {a: b}", "1: `library` must be text, not a mapping"),
        ("library: 12", '1: `library` must be text, not a number; "12" in quotes is text'),
        (
            "zotero: {collection: 2021}",
            '1: `zotero.collection` must be text, not a number; "2021" in quotes is text',
        ),
        ("library: yes", '1: `library` must be text, not true or false; "yes" in quotes is text'),
        (
            "pages: 2021-07-18",
            '1: `pages` must be text, not a date; "2021-07-18" in quotes is text',
        ),
        ('library: ""', "1: `library` is empty; it must be one line of text"),
        (
            "library: |\n  a\n  b\n",
            r"1: `library` is a\nb; it must be one line of text",
        ),
        ("language: fr", "1: `language` is `fr`; it must be one of auto, en, zh"),
        ("profile: biber", "1: `profile` is `biber`; it must be one of auto, bibtex, jabref"),
        ("zotero: web", "1: `zotero` must be a mapping, not text"),
        (
            "zotero:\n  server: cloud",
            "2: `zotero.server` is `cloud`; it must be one of auto, local, web",
        ),
        (
            "zotero:\n  id: users/475001",
            "2: `zotero.id` is `users/475001`; it must be user, user/475001 or group/123456",
        ),
        (
            "zotero: {web_url: api.zotero.org}",
            "1: `zotero.web_url` is `api.zotero.org`; it must be an http or https address",
        ),
        ("- library: refs.bib", "1: this must be a mapping, not a list"),
        ("refs.bib", "1: this must be a mapping, not text"),
        (
            "library: !!python/name:os.system refs",
            (
                "1: `library` must be text, not tagged tag:yaml.org,2002:python/name:os.system;"
                ' "refs" in quotes is text'
            ),
        ),
        (
            "pages: notes\nlibrary: *refs",
            "2: *refs is an alias; write the value out",
        ),
        (
            "library: refs.bib: too",
            "1: this is not YAML: mapping values are not allowed here",
        ),
        (
            "library: refs.bib\nzotero: [",
            (
                "2: this is not YAML: while parsing a flow node, expected the node content,"
                " but found '<stream end>'"
            ),
        ),
        (
            "language: zh\n---\nlanguage: en",
            (
                "2: this is not YAML: expected a single document in the stream,"
                " but found another document"
            ),
        ),
        ("language: zh\nlibrary: \x07", r"2: this is not YAML: \x07 must not be in it"),
        ("library: [[[[[[[[[a]]]]]]]]]", "1: lists and mappings are nested too deep"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, text, problem):
    assert the_problem(tmp_path, text) == f"bibnotes.yaml:{problem}"


@pytest.mark.parametrize(
    "library", ["475001", "group", "group/", "group/0", "user/07", "user/1 2", "user/٣", "team/1"]
)
def test_a_zotero_library_of_another_form_is_refused(tmp_path, library):
    assert "`zotero.id`" in the_problem(tmp_path, f"zotero: {{id: '{library}'}}")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://zotero.example",
        "https://",
        "https://user:secret@zotero.example",
        "https://zotero.example?key=1",
        "https://zotero.example/#a",
        "http://[::1",
        "http://zotero.example:99999",
        "http://zotero.example/a b",
    ],
)
def test_an_address_is_http_and_nothing_but_an_address(tmp_path, address):
    assert "`zotero.web_url`" in the_problem(tmp_path, f"zotero: {{web_url: '{address}'}}")


def test_all_problems_are_reported_at_once_in_the_order_of_their_lines(tmp_path):
    found = problems(
        tmp_path,
        """\
        langage: zh
        profile: biber
        zotero:
          id: 475001
        """,
    )
    assert found == [
        "bibnotes.yaml:1: unknown key `langage`; did you mean `language`?",
        "bibnotes.yaml:2: `profile` is `biber`; it must be one of auto, bibtex, jabref",
        'bibnotes.yaml:4: `zotero.id` must be text, not a number; "475001" in quotes is text',
    ]


def test_a_flood_of_problems_is_cut_short(tmp_path):
    found = problems(tmp_path, "".join(f"x{n}: 1\n" for n in range(1000)))
    assert len(found) == 21
    assert found[-1] == "bibnotes.yaml: 980 more problems"


def test_what_a_message_quotes_is_short_and_without_control_characters(tmp_path):
    problem = the_problem(tmp_path, f'language: "\\e[31m\\a{"x" * 1000}"')
    assert r"\x1b[31m\x07" in problem
    assert problem.isprintable()
    assert len(problem) < 200


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "gb18030"])
def test_a_file_that_is_not_utf8_is_refused_with_the_line(tmp_path, encoding):
    text = "library: refs.bib\nzotero: {reader: ä精}\n".replace("精" * (encoding == "latin-1"), "")
    (tmp_path / "bibnotes.yaml").write_bytes(text.encode(encoding))
    line = 1 if encoding == "utf-16" else 2
    with pytest.raises(UsageError, match=rf"^bibnotes\.yaml:{line}: this is not UTF-8$"):
        load(tmp_path, {})


def test_a_huge_file_is_refused_unread(tmp_path):
    assert the_problem(tmp_path, "# " + "x" * config.MAX_BYTES) == (
        "bibnotes.yaml:1: the file is larger than 65536 bytes"
    )


def test_a_bomb_of_aliases_is_refused(tmp_path):
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert the_problem(tmp_path, bomb) == "bibnotes.yaml:2: *a is an alias; write the value out"


@pytest.mark.parametrize("text", ["[" * 60_000, "{a: " * 15_000, "- " * 30_000, "? " * 30_000])
def test_deep_nesting_is_refused(tmp_path, text):
    assert the_problem(tmp_path, text).startswith("bibnotes.yaml:1: ")


# The environment.


def test_the_environment_names_the_servers_before_the_file_does(tmp_path):
    found = read(
        tmp_path,
        "zotero: {web_url: 'https://a.example', local_url: 'https://b.example'}",
        {
            "BIBNOTES_ZOTERO_WEB_URL": "http://127.0.0.1:8080/",
            "BIBNOTES_ZOTERO_LOCAL_URL": "http://127.0.0.1:8081/api",
        },
    )
    assert found.zotero.web_url == "http://127.0.0.1:8080"
    assert found.zotero.local_url == "http://127.0.0.1:8081/api"


@pytest.mark.parametrize(
    ("environ", "library"),
    [
        ({}, "user"),
        ({"ZOTERO_LIBRARY_ID": "475001"}, "user/475001"),
        ({"ZOTERO_LIBRARY_ID": "475001", "ZOTERO_LIBRARY_TYPE": "user"}, "user/475001"),
        ({"ZOTERO_LIBRARY_ID": "123456", "ZOTERO_LIBRARY_TYPE": "group"}, "group/123456"),
        ({"ZOTERO_LIBRARY_ID": "0"}, "user"),
        ({"ZOTERO_LIBRARY_ID": "", "ZOTERO_LIBRARY_TYPE": ""}, "user"),
    ],
)
def test_the_environment_says_which_library(tmp_path, environ, library):
    assert load(tmp_path, environ).zotero.id == library


@pytest.mark.parametrize(
    "environ",
    [
        {"ZOTERO_LIBRARY_TYPE": "group"},
        {"ZOTERO_LIBRARY_ID": "ana"},
        {"ZOTERO_LIBRARY_ID": "1", "ZOTERO_LIBRARY_TYPE": "team"},
    ],
)
def test_a_library_in_the_environment_that_makes_no_sense_is_an_error(tmp_path, environ):
    found = load(tmp_path, environ)
    with pytest.raises(UsageError, match=r"^ZOTERO_LIBRARY_TYPE is "):
        _ = found.zotero


def test_an_address_in_the_environment_that_makes_no_sense_is_an_error(tmp_path):
    found = load(tmp_path, {"BIBNOTES_ZOTERO_LOCAL_URL": "localhost", "ZOTERO_LIBRARY_ID": "ana"})
    with pytest.raises(UsageError) as error:
        _ = found.zotero
    assert error.value.message == (
        "BIBNOTES_ZOTERO_LOCAL_URL is `localhost`; it must be an http or https address\n"
        "ZOTERO_LIBRARY_TYPE is `user` and ZOTERO_LIBRARY_ID `ana`;"
        " they must be user or group, and a number"
    )


def test_the_file_knows_better_than_variables_that_other_tools_share(tmp_path):
    environ = {"ZOTERO_LIBRARY_ID": "475001", "ZOTERO_LOCAL": "true"}
    found = read(tmp_path, "zotero: {id: group/123456, server: web}", environ)
    assert (found.zotero.id, found.zotero.server) == ("group/123456", "web")


@pytest.mark.parametrize(
    ("value", "server"), [("true", "local"), ("1", "local"), ("Yes", "local"), ("false", "auto")]
)
def test_zotero_local_chooses_the_desktop(tmp_path, value, server):
    assert load(tmp_path, {"ZOTERO_LOCAL": value}).zotero.server == server


def test_the_key_is_read_and_never_shown(tmp_path):
    found = load(tmp_path, {"ZOTERO_API_KEY": "s3cr3t\n"})
    assert found.zotero.api_key == "s3cr3t"
    assert "s3cr3t" not in repr(found)


@pytest.mark.parametrize(
    ("file", "environ", "sent"),
    [
        ("", {}, True),
        ("zotero: {web_url: 'https://api.zotero.org/'}", {}, True),
        ("zotero: {web_url: 'https://elsewhere.example'}", {}, False),
        ("", {"BIBNOTES_ZOTERO_WEB_URL": "https://own.example"}, True),
        (
            "zotero: {web_url: 'https://elsewhere.example'}",
            {"BIBNOTES_ZOTERO_WEB_URL": "https://own.example/"},
            True,
        ),
    ],
)
def test_a_file_cannot_have_the_key_sent_to_an_address_of_its_own(tmp_path, file, environ, sent):
    found = read(tmp_path, file, {"ZOTERO_API_KEY": "s3cr3t", **environ})
    assert found.zotero.api_key == ("s3cr3t" if sent else None)
    assert found.zotero.web_url_of_file is not sent
    assert found.zotero.ignores_api_key is not sent


@pytest.mark.parametrize(
    ("setting", "environ", "language"),
    [
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        ("zh", {}, "zh"),
        ("auto", {}, "en"),
        ("auto", {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("auto", {"LANG": "ZH_tw"}, "zh"),
        ("auto", {"LANG": "de_DE.UTF-8"}, "en"),
        ("auto", {"LC_MESSAGES": "zh_CN", "LANG": "C"}, "zh"),
        ("auto", {"LC_ALL": "C", "LC_MESSAGES": "zh_CN", "LANG": "zh_CN"}, "en"),
        ("auto", {"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)
def test_auto_follows_the_locale(setting, environ, language):
    assert language_of(setting, environ) == language


# Whatever the file holds, it is read or refused.

KEYS = ["library", "language", "scale", "zotero", "id", "label", "tags", "also", "en", "web_url"]
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["zh", "user"])
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


def refusal(folder: Path, data: bytes) -> str | None:
    (folder / config_file.NAME).write_bytes(data)
    try:
        load(folder, {})
    except UsageError as error:
        return error.message
    return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(tree=TREES | st.dictionaries(st.sampled_from(KEYS), TREES))
def test_any_yaml_is_read_or_refused_with_a_line(tmp_path, tree):
    said = refusal(tmp_path, yaml.safe_dump(tree, allow_unicode=True).encode())
    assert said is None or re.match(r"bibnotes\.yaml:[0-9]+: ", said)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(data=st.binary() | st.text("-:[]{}&*!|>%@'\"# \n\tab").map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_line(tmp_path, data):
    said = refusal(tmp_path, data)
    assert said is None or re.match(r"bibnotes\.yaml:[0-9]+: ", said)
