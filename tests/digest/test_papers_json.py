"""Papers and digests as JSON."""

import json

from bibnotes.digest.build import build
from bibnotes.digest.papers_json import digest_json, encode, paper_json
from bibnotes.model import FileSource, Name, Paper, Review, ZoteroSource

KNAS = Paper(
    "xu21m",
    "xu21m",
    type="inproceedings",
    title="KNAS: Green Neural Architecture Search",
    authors=(Name("Xu", given="Jingjing"), Name("Berg", given="Jan", prefix="van den")),
    year="2021",
    venue="ICML",
    abstract="Gradients stand in for training.",
    doi="10.1000/knas",
    url="https://example.org/knas",
    keywords=("兴趣文章", "NAS"),
    review=Review("interesting", "用梯度核\n评估结构"),
    source=FileSource("refs.bib", 12),
)


def test_a_paper_has_its_fields_in_order():
    assert list(paper_json(KNAS).items()) == [
        ("key", "xu21m"),
        ("made_up_key", False),
        ("type", "inproceedings"),
        ("title", "KNAS: Green Neural Architecture Search"),
        ("authors", ["Jingjing Xu", "Jan van den Berg"]),
        ("year", "2021"),
        ("venue", "ICML"),
        ("abstract", "Gradients stand in for training."),
        ("doi", "10.1000/knas"),
        ("url", "https://example.org/knas"),
        ("keywords", ["兴趣文章", "NAS"]),
        ("priority", "interesting"),
        ("review", "用梯度核\n评估结构"),
        ("source", {"file": "refs.bib", "line": 12}),
    ]


def test_what_a_paper_lacks_is_empty_and_its_priority_null():
    paper = paper_json(Paper("ABCD2345", "k", source=ZoteroSource("user/1", "ABCD2345", 7, "N0TE")))
    assert paper["priority"] is None
    assert paper["year"] == paper["review"] == ""
    assert paper["authors"] == paper["keywords"] == []
    assert paper["source"] == {
        "library": "user/1",
        "item": "ABCD2345",
        "version": 7,
        "note": "N0TE",
        "link": "zotero://select/library/items/ABCD2345",
    }


def test_a_digest_has_title_counts_and_groups():
    digest = build([KNAS, Paper("b", "b")], title="Digest", language="zh")
    assert digest_json(digest) == {
        "title": "Digest",
        "counts": {
            "total": 2,
            "close-read": 0,
            "interesting": 1,
            "skim": 0,
            "reviewed": 0,
            "unread": 1,
        },
        "groups": [
            {"id": "interesting", "label": "兴趣文章", "papers": [paper_json(KNAS)]},
            {"id": "unread", "label": "未读", "papers": [paper_json(Paper("b", "b"))]},
        ],
    }


def test_encoded_json_is_unicode_without_control_characters():
    value = {"title": "精读 \x1b[31m \x9b \u202e \ud800\n"}
    text = encode(value)
    assert "精读" in text
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == value
