"""Values that know their name and line. What messages they lead to is tested in test_config.py."""

import pytest

from bibnotes.errors import UsageError
from bibnotes.yaml_tree import Problems, Value, one_of, read, shown, such


@pytest.fixture
def problems() -> Problems:
    return Problems("file.yaml")


def tree(text: str, problems: Problems) -> Value:
    value = read(text.encode(), problems, max_bytes=1000, max_depth=5)
    assert value
    return value


def said(problems: Problems) -> list[str]:
    with pytest.raises(UsageError) as caught:
        problems.raise_if_any()
    return caught.value.message.splitlines()


def test_a_file_without_problems_raises_nothing(problems):
    problems.raise_if_any()


def test_the_hint_goes_with_the_problems(problems):
    problems.add("this is wrong", 3)
    with pytest.raises(UsageError) as caught:
        problems.raise_if_any("Do that.")
    assert (caught.value.message, caught.value.hint) == ("file.yaml:3: this is wrong", "Do that.")


def test_a_problem_elsewhere_names_no_file(problems):
    problems.add("VARIABLE is wrong")
    assert said(problems) == ["VARIABLE is wrong"]


def test_a_problem_that_is_found_twice_is_said_once(problems):
    problems.add("this is wrong", 3)
    problems.add("this is wrong", 3)
    assert len(said(problems)) == 1


def test_a_mapping_gives_what_the_checks_make_of_its_values(problems):
    checks = {"a": Value.text, "b": one_of("x", "y"), "c": lambda value: value.line}
    value = tree("a: one\nb: y\nc: 3\n", problems)
    assert value.mapping(checks) == {"a": "one", "b": "y", "c": 3}
    assert tree("c: ~\na: one\n", problems).mapping(checks) == {"a": "one"}
    problems.raise_if_any()


def test_a_mapping_notes_a_key_that_is_missing_or_empty(problems):
    tree("a:\n", problems).mapping({"a": Value.text, "b": Value.text}, required=["a", "b"])
    assert said(problems) == ["file.yaml:1: `a` is missing", "file.yaml:1: `b` is missing"]


def test_a_list_gives_its_values_under_a_name_with_their_lines(problems):
    items = tree("- one\n- two\n", problems).items("word")
    assert [(item.name, item.text(), item.line) for item in items] == [
        ("word", "one", 1),
        ("word", "two", 2),
    ]


def test_a_check_says_what_it_wants(problems):
    even = such(lambda text: int(text) % 2 == 0, "an even number in quotes")
    assert even(tree("'2'", problems)) == "2"
    assert tree("a: '3'", problems).mapping({"a": even}) == {}
    assert said(problems) == ["file.yaml:1: `a` is `3`; it must be an even number in quotes"]


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"~", b"---\n...\n"])
def test_an_empty_file_has_no_value_and_no_problem(problems, data):
    assert read(data, problems, max_bytes=1000, max_depth=5) is None
    problems.raise_if_any()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: [b, c\n", "2: this is not YAML: "),
        (b"a: \xff", "1: this is not UTF-8"),
        (b"\n" * 1001, "1: the file is larger than 1000 bytes"),
        (b"a:\n [[[[[[1]]]]]]", "2: lists and mappings are nested too deep"),
        (b"a: &a 1\nb: *a", "2: *a is an alias"),
        (b'\na: "\\ud83d"', "2: \\ud800 to \\udfff are halves of characters"),
    ],
)
def test_a_file_that_cannot_be_read_has_a_problem_and_no_value(problems, data, problem):
    assert read(data, problems, max_bytes=1000, max_depth=5) is None
    assert said(problems)[0].startswith(f"file.yaml:{problem}")


def test_the_two_escapes_that_json_writes_for_one_character_are_one(problems):
    assert tree(r'"a \ud83d\udcaf"', problems).text() == "a 💯"


def test_what_is_shown_is_short_and_without_control_characters():
    assert shown("精读") == "精读"
    assert shown("a\x1b[0m\nb\ud800") == r"a\x1b[0m\nb\ud800"
    assert shown("x" * 100) == "x" * 60 + "…"
