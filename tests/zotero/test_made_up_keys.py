from __future__ import annotations

import pytest

from bibnotes.zotero.made_up_keys import Taken, made_up_key


@pytest.mark.parametrize(
    ("family", "title", "year", "key"),
    [
        (
            "Mellor",
            "Neural Architecture Search without Training",
            "2021",
            "mellorNeuralArchitectureSearch2021",
        ),
        ("Vaswani", "Attention Is All You Need", "2017", "vaswaniAttentionAllYou2017"),
        ("Devlin", "BERT: Pre-training of Deep …", "2019", "devlinBERTPretrainingDeep2019"),
        ("Dosovitskiy", "An Image is Worth 16x16 Words", "2021", "dosovitskiyImageWorth16x162021"),
        ("van der Exempel", "On <i>Über</i> Größen", "1999", "vanderexempelUberGrossen1999"),
        ("O'Example", "what's new", "", "oexampleWhatsNew"),
        ("王", "深度学习综述", "2020", "王深度学习综述2020"),
        ("", "Untitled", "2020", "Untitled2020"),
        ("", "", "", ""),
    ],
)
def test_a_key_is_name_title_and_year(family: str, title: str, year: str, key: str) -> None:
    assert made_up_key(family, title, year) == key


def test_a_key_that_is_taken_gets_a_letter() -> None:
    taken = Taken(["key", "keyb"])
    assert [taken.distinct("key") for _ in range(3)] == ["keya", "keyc", "keyd"]
    assert [taken.distinct("keya") for _ in range(2)] == ["keyaa", "keyab"]
    assert taken.distinct("other") == "other"


def test_after_z_come_two_letters() -> None:
    taken = Taken({"key"} | {f"key{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"})
    assert taken.distinct("key") == "keyaa"


def test_many_that_are_alike_are_all_told_apart() -> None:
    taken = Taken(())
    assert len({taken.distinct("Editorial2020") for _ in range(30_000)}) == 30_000
