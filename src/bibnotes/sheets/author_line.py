"""Whether a line is a list of authors, and whose names it holds."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from .line import fold, words

SURE_AUTHORS = 0.6  # the likeness of a line that hardly is anything else
UNLIKE_AUTHORS = 0.3  # below this it is no list of authors
_LONGEST = 20_000  # characters; a collaboration of a thousand authors has as many


@dataclass(frozen=True, slots=True)
class Authors:
    """Names as "Given Family", in the line's order.

    ``likeness`` says how much the line looks like a list of authors, from 0 to 1. ``separator`` is
    what stands between the names: ``·``, ``;``, ``,``, ``、``, ``/``, ``and`` or a space; "" for
    one name.
    """

    names: tuple[str, ...] = ()
    likeness: float = 0.0
    separator: str = ""
    more: bool = False  # "et al."


NOBODY = Authors()

_WIDE_GAP = re.compile(r"\s{4,}")
_EDGES = " \t,;、·•"
_EMPHASIS = re.compile(r"^([*_]{1,3})(\S.*?)\1$")
# What follows the names on their line: " -- ICML 2021", " · ICML 2021 · oral", " (NeurIPS '22)".
_VENUE = re.compile(
    r"\s{0,3}(?:[-–—|·,;(]|\.\s){1,3}\s{0,3}"
    r"(?:[A-Z][\w&/' ]{1,30} )?'?(?:19|20)?\d\d\)?(?:\W.{0,40})?$"
)
_MIDDOTS = "·•∙・‧⋅∘|"
_MORE = re.compile(
    r"(?i)(?<![\s,;、·&])[\s,;、·&]*(?:\bet\.? al\b\.?|\band others\b|\bet alii\b|等人?)\s*$"
)
# (University of Nowhere), [1]; then ¹, *, †, an envelope, a digit at a name's end.
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\$\^?\{?[^$]{0,20}\$|<[^<>]*>")
_MARKS = re.compile(r"[¹²³⁰⁴-⁹*∗⋆†‡§¶♯#✉♠♣♥♦◊^]+|(?<=[^\W\d_])\d+(?:,\d+)*(?![\w])")
_AND = re.compile(r"(?i)[,;、]?\s+(?:and|und|et|y)\s+|\s*[,;、]?\s*&\s*")
_HAN_AND = re.compile(r"\s*[和与及]\s*")
_COMMA = re.compile(r"\s*,\s*")
_HAN = r"㐀-鿿豈-﫿"
_SLASH = re.compile(rf"\s+/\s+|(?<=[{_HAN}])/(?=[{_HAN}])")
_HAN_LETTER = re.compile(f"[{_HAN}]")
_HAN_NAME = re.compile(f"[{_HAN}]{{2,4}}$")
_HAN_FOREIGN = re.compile(f"(?:[A-Z]\\.?\\s?)*[{_HAN}]{{1,8}}(?:[·・][{_HAN}]{{1,8}})+$")
_HANGUL_NAME = re.compile(r"[가-힣]{2,4}$")
_KANA_NAME = re.compile(f"[{_HAN}]{{1,4}} ?[ぁ-ヿ]{{1,6}}$|[{_HAN}]{{1,3}} [{_HAN}]{{1,3}}$")
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?-?){1,4}$")
_VANCOUVER = re.compile(r"[^\W\d_a-z][\w'’-]+ [A-Z]{1,3}$")
_SUFFIX = re.compile(r"(?i)(?:jr|sr)\.?$|ii$|iii$|iv$")
_ONE_INVERTED = re.compile(r"[^\W\d_][\w'’-]+, ?[^\W\d_][\w'’-]*\.?(?: [^\W\d_]\.?)*$")
_WORD = re.compile(r"[^\W\d_]['’]?[^\W\d_]*(?:['’-][^\W\d_]+)*\.?$")
_PARTICLES = words(
    "de del della der den di da do dos du van von vom zu zum la le el al bin bint ibn ben ter ten "
    "af av y e i dit"
)
_PLACES = re.compile(
    r"(?i)\b(universit\w*|institut\w*|college|school|dep(?:artmen)?t\b|labs?\b|laborator\w+|inc\b"
    r"|corp\w*|ltd|gmbh|research|academy|centre|center|hospital|google|microsoft|nvidia|openai"
    r"|deepmind|tencent|alibaba|huawei|baidu|amazon|ibm|eth|epfl|mit|inria|cnrs)\b"
    r"|大学|学院|研究[院所室]|实验室|公司|中心|医院|科学院"
)
_INSTITUTION = re.compile(
    r"(?:[Tt]he )?(?:University|Institute|College) (?:of|for)(?: (?:and |the |of )?[A-Z]\w+){1,5}$"
    r"|(?:[A-Z][\w-]+ ){1,4}(?:University|Institute|College|Labs?|Research)$"
    r"|\S{2,12}(?:大学|学院|研究所|研究院|公司)$"
)
# Words that titles are made of and people are not named.
_TITLE_WORDS = words("""
    a an the of for in on at to from by with without via using towards toward through under over
    into beyond between among against as is are can do does not no how what when where which who
    why its their your our we you
    learning learned learnable networks network neural deep search model models modeling modelling
    data dataset datasets training trained analysis approach method methods system systems theory
    optimal optimization optimisation algorithm algorithms efficient robust fast scalable adaptive
    graph graphs image images video language vision visual attention transformer transformers
    generative adversarial inference estimation prediction detection recognition classification
    segmentation representation representations reinforcement bayesian gaussian stochastic dynamic
    dynamics linear nonlinear convex gradient gradients descent convergence bounds bound sampling
    architecture architectures processing processes process programming programs program software
    hardware storage memory databases database distributed parallel concurrent quantum security
    privacy private federated causal online offline sparse dense structure structured time series
    large small scale low high rank order new novel simple general generalized generalization
    improved improving understanding rethinking revisiting introducing exploring evaluating
    measuring survey review notes note reviews paper papers study benchmark benchmarks introduction
    guide field planning control design evaluation performance testing verification synthesis
    compression cache caching scheduling consistency transactions checksums metadata files file
    abstract authors author title figure table section chapter part session workshop conference
    proceedings journal transactions international track day week keynote oral poster spotlight
    january february march april june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday home archive about contact posted comments
    close read must interesting skim reading list index next previous page
    """)
# The commonest surnames, by the national name registers; a name may have another.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁"
    "任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛段郝顾龚邵万覃武钱戴严"
    "莫孔向常汤康易乔赖文樊兰施洪耿葛柴翟舒岳齐梅庄辛管祝左涂谷祁时宁耿牟卞纪章鲁倪季俞柳华穆甘裴"
    "欧張劉陳楊黃趙吳孫馬鄭謝許韓鄧馮葉魏蘇呂盧鍾陸範賈鄒熊閻龍賀顧龔萬錢嚴湯喬賴蘭"
)


def read_authors(text: str) -> Authors:
    """The authors that a line names, as far as its form tells.

    Understands names between ``·``, ``;``, commas, ``、``, slashes, "and" and "&", "Family, Given;
    Family, Given" and "Family, G., Family, G.", affiliations in parentheses and superscripts after
    names, and Chinese names also with nothing but spaces between them.
    """
    if len(text) > _LONGEST:
        return NOBODY
    text = fold(html.unescape(text)).strip()
    text = _EMPHASIS.sub(r"\2", _VENUE.sub("", text))
    text, more = _without_more(text)
    text = _WIDE_GAP.sub("   ", _MARKS.sub("", _ASIDE.sub("", text)))
    text = text.strip(_EDGES).removesuffix(" and")
    if not text or re.search(r"[:!?。“”\"=@\\]|\d{2}|https?", text) or "/" in _SLASH.sub("", text):
        return NOBODY
    separator, pieces = _split(text)
    names = _initials_first(tuple(filter(None, (_given_family(piece) for piece in pieces))))
    likeness = _likeness(separator, [_name_likeness(name) for name in names])
    if len(names) == 1 and more and likeness:
        likeness = max(likeness, 0.8)
    return Authors(names, likeness, separator if len(names) > 1 else "", more)


def is_affiliation(text: str) -> bool:
    """Whether a line names the places where authors work."""
    parts = [part for part in re.split(r"[;、,]", text) if part.strip()]
    if not parts or text[-1] in ".。" or not _PLACES.search(parts[0]):
        return False
    places = sum(bool(_PLACES.search(part)) for part in parts)
    return bool(
        _INSTITUTION.match(text)
        or (len(parts) > 1 and 2 * places > len(parts))
        or re.match(r"[¹²³⁰⁴-⁹]|\^?\d\s?[^\W\d]", text)
    )


def _without_more(text: str) -> tuple[str, bool]:
    found = _MORE.search(text)
    return (text[: found.start()], True) if found else (text, False)


def _split(text: str) -> tuple[str, list[str]]:
    """The separator and the pieces between."""
    mostly_han = len(_HAN_LETTER.findall(text)) * 2 > len(text)
    joined = _HAN_AND if mostly_han else _AND
    splits: list[tuple[str, Callable[[], list[str]]]] = [
        (";", lambda: re.split(r"\s*;\s*", text)),
        ("、", lambda: re.split(r"\s*、\s*", text)),
        ("·", lambda: re.split(rf"\s*[{_MIDDOTS}]\s*", text)),
        ("/", lambda: _SLASH.split(text)),
        (",", lambda: _by_comma(text)),
        ("and", lambda: joined.split(text)),
        (" ", lambda: re.split(r"\s+" if mostly_han else r"\s{2,}|\t", text)),
    ]
    if mostly_han:  # the dot of 约翰·史密斯 separates nothing where something else does
        splits = [split for split in splits if split[0] != "·"] + [splits[2]]
    for separator, split in splits:
        pieces = split()
        if len(pieces) > 1:
            if separator not in ("and", ","):
                pieces = [name for piece in pieces for name in joined.split(piece)]
            return separator, [piece for piece in pieces if piece.strip()]
    return "", [text]


def _by_comma(text: str) -> list[str]:
    """Names between commas, "Family, Given and Family, Given" and "Family, G., Family, G."."""
    if not _COMMA.search(text):
        return [text]
    people = _AND.split(text)
    if _ONE_INVERTED.match(text) and not _HAN_LETTER.search(
        text
    ):  # one inverted name is more likely than two people without
        return [text]
    if len(people) > 1 and all(len(_COMMA.findall(person)) == 1 for person in people):
        return people
    pieces = [piece for person in people for piece in _COMMA.split(person) if piece.strip()]
    if len(_HAN_LETTER.findall(text)) * 2 > len(text):
        return [name for piece in pieces for name in _HAN_AND.split(piece)]
    if len(pieces) % 2 == 0 and all(_are_initials(piece) for piece in pieces[1::2]):
        return [", ".join(pair) for pair in zip(pieces[::2], pieces[1::2], strict=True)]
    return pieces


def _are_initials(text: str) -> bool:
    return all(_INITIALS.match(token) for token in text.split())


def _given_family(name: str) -> str:
    """``Given Family`` of "Family, Given"; "" of what has no letter."""
    name = _full_stop(" ".join(name.split()).strip(_EDGES))
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma or not given:
        return family if re.search(r"[^\W\d_]", family) else ""
    if _PLACES.search(given):
        return family
    given, _, suffix = (part.strip() for part in given.partition(","))
    if _SUFFIX.match(given):
        given, suffix = "", given
    return " ".join(filter(None, (given, family))) + (f", {suffix}" if suffix else "")


def _full_stop(name: str) -> str:
    """The name without the full stop that ends the line; that of an initial stays."""
    last = name.rpartition(" ")[2]
    ends_line = name.endswith(".") and not (_INITIALS.match(last) or _SUFFIX.match(last))
    return name[:-1] if ends_line else name


def _initials_first(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of "Xu J, Zhao L", where all of a line have this form, with the initials first."""
    if len(names) < 2 or not all(_VANCOUVER.match(name) for name in names):
        return names
    return tuple(" ".join(reversed(name.split())) for name in names)


def _name_likeness(name: str) -> float:
    if _PLACES.search(name):
        return 0.0
    if _HAN_LETTER.search(name):
        if _HAN_NAME.match(name):
            return 1.0 if name[0] in _SURNAMES else 0.55
        return 0.8 if _HAN_FOREIGN.match(name) else 0.5 if _KANA_NAME.match(name) else 0.0
    if _HANGUL_NAME.match(name):
        return 1.0
    tokens = name.replace(",", " ").split()
    main = [token for token in tokens if token not in _PARTICLES and not _SUFFIX.match(token)]
    if not 1 <= len(tokens) <= 7 or not main or not all(map(_is_name_word, main)):
        return 0.0
    if len(main) == 1:
        return 0.35
    return 1.0 if len(main) <= 4 and not all(map(_INITIALS.match, main)) else 0.7


def _is_name_word(word: str) -> bool:
    if _INITIALS.match(word):
        return True
    return bool(
        _WORD.match(word)
        and word[0].isupper()
        and len(word) <= 25
        and not any(part.lower() in _TITLE_WORDS for part in re.split("[-’']", word))
    )


_TRUST = {"·": 1, ";": 1, "、": 0.95, "/": 0.95, ",": 0.95, "and": 0.85, " ": 0.8, "": 0.4}


def _likeness(separator: str, names: list[float]) -> float:
    if not names:
        return 0.0
    odd = names.count(0.0)
    if odd and odd > len(names) // 6:
        return 0.0
    count = {1: 1.0, 2: 0.85}.get(len(names), 1.0)
    return _TRUST[separator] * count * sum(names) / len(names)
