"""bibnotes.yaml and the environment, checked and made into Settings."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias
from unicodedata import normalize
from urllib.parse import urlsplit

from .config_file import NAME, find
from .errors import BibnotesError, NotAllowedError, UsageError
from .scale import DEFAULT_SCALE, GROUPS, Language, Level, Scale, clashes, normal_tag
from .yaml_tree import Problems, Value, one_of, read, shown, such

WEB_URL = "https://api.zotero.org"
LOCAL_URL = "http://127.0.0.1:23119/api"

ServerChoice: TypeAlias = Literal["auto", "local", "web"]

MAX_BYTES = 65_536
MAX_DEPTH = 8  # no setting is deeper than 5: a tag in `also` of a level's tags


@dataclass(frozen=True, slots=True)
class ZoteroSettings:
    """Which Zotero library is meant, and where its servers are.

    ``id`` is ``user`` (whoever the key belongs to), ``user/475001`` or ``group/123456``. The
    addresses have no slash at the end. ``api_key`` may be sent to ``web_url`` and nowhere else.
    ``web_url_of_file``: a bibnotes.yaml names that address, which can come from anybody; then
    ``ignores_api_key`` says that the environment has a key, which is not for it. A ``reader`` is
    kept in NFC: keyboards differ in how they make an é.
    """

    server: ServerChoice = "auto"
    id: str = "user"
    collection: str | None = None
    reader: str | None = None
    web_url: str = WEB_URL
    local_url: str = LOCAL_URL
    api_key: str | None = field(default=None, repr=False)
    web_url_of_file: bool = False
    ignores_api_key: bool = False

    def __post_init__(self) -> None:
        if self.reader:
            object.__setattr__(self, "reader", normalize("NFC", self.reader).strip())


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has chosen for all runs. Paths are absolute."""

    library: Path | None = None
    language: Literal["auto", "en", "zh"] = "auto"
    profile: Literal["auto", "bibtex", "jabref"] = "auto"
    pages: Path | None = None
    scale: Scale = DEFAULT_SCALE
    zotero_chosen: ZoteroSettings = field(default_factory=ZoteroSettings)
    zotero_problems: tuple[str, ...] = ()  # of variables
    file: Path | None = None  # the bibnotes.yaml that was read

    @property
    def zotero(self) -> ZoteroSettings:
        """The settings for Zotero.

        Raises UsageError for variables that make no sense, which only then do harm: they can be
        those of another tool.
        """
        if self.zotero_problems:
            raise UsageError("\n".join(self.zotero_problems), "Correct or unset this.")
        return self.zotero_chosen


def load(folder: Path, environ: Mapping[str, str]) -> Settings:
    """The settings for work in a folder.

    ``BIBNOTES_ZOTERO_WEB_URL`` and ``BIBNOTES_ZOTERO_LOCAL_URL`` win over bibnotes.yaml. It wins
    over ``ZOTERO_LIBRARY_ID``, ``ZOTERO_LIBRARY_TYPE`` and ``ZOTERO_LOCAL``, which other tools
    read too and which know nothing of the folder.

    Raises UsageError with every problem of the file, each with its line; NotAllowedError if it must
    not be read.
    """
    file = find(folder)
    name = os.path.relpath(file, folder.resolve()) if file else NAME
    problems = Problems(name)
    chosen = _chosen(file, name, problems) if file else {}
    problems.raise_if_any("Correct this; every setting can be left out.")
    for key in {"library", "pages"} & chosen.keys():
        chosen[key] = _path(chosen[key], file, environ)
    zotero, wrong = _zotero(chosen.pop("zotero", {}), environ)
    return Settings(**chosen, zotero_chosen=zotero, zotero_problems=wrong, file=file)


def language_of(setting: str, environ: Mapping[str, str]) -> Language:
    """The language that ``en``, ``zh`` or ``auto`` stands for; ``auto`` follows the locale."""
    if setting == "auto":
        locales = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
        setting = next(filter(None, locales), "").lower()
    return "zh" if setting.startswith("zh") else "en"


def _chosen(file: Path, name: str, problems: Problems) -> dict[str, Any]:
    root = read(_data(file, name), problems, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    return root.mapping(_SETTINGS) if root else {}


def _data(file: Path, name: str) -> bytes:
    if not file.is_file():
        raise UsageError(f"{name} is not a file", "Rename it, or put a file in its place.")
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except PermissionError as error:
        raise NotAllowedError(
            f"{name} cannot be read: permission denied", "Change its permissions."
        ) from error
    except OSError as error:
        raise BibnotesError(f"{name} cannot be read: {error.strerror}") from error


def _path(text: str, file: Path | None, environ: Mapping[str, str]) -> Path:
    """A path as the file has it: relative to the file's folder, or with ~ to the home folder."""
    path = Path(text)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if home and path.parts[:1] == ("~",):
        path = Path(home, *path.parts[1:])
    return file.parent / path if file else path


# The scale.


def _scale(value: Value) -> Scale | None:
    nodes = value.items("level")
    if not nodes and value.kind == "a list":
        value.wrong(f"`{value.name}` has no level; leave it out for the default scale")
    found = [(level, node) for node in nodes if (level := _level(node))]
    for level, word, other in clashes([level for level, _ in found]):
        node = next(node for each, node in found if each is level)
        node.wrong(_clash(level, word, other))
    return Scale(tuple(level for level, _ in found))


def _clash(level: Level, word: str, other: Level) -> str:
    if other in GROUPS.values():
        return f"`{word}` is reserved for papers without a priority"
    if normal_tag(level.id) == normal_tag(other.id):
        return f"there is a level `{other.id}` already"
    return f"`{word}` means both `{other.id}` and `{level.id}`"


def _level(value: Value) -> Level | None:
    given = value.mapping(_LEVEL, required=["id"])
    if "id" not in given:
        return None
    tags = given.get("tags", {})
    return Level(
        id=given["id"],
        labels=_in_both(given.get("label", {}), given["id"]),
        tags=_in_both(tags, given["id"]),
        also=tags.get("also", ()),
        jabref=given.get("jabref", ""),
    )


def _in_both(words: Mapping[str, str], default: str) -> dict[Language, str]:
    """A word for each language: where one is missing, the other's."""
    en, zh = words.get("en"), words.get("zh")
    return {"en": en or zh or default, "zh": zh or en or default}


def _label(value: Value) -> dict[str, Any]:
    if value.kind == "a mapping":
        return value.mapping({"en": Value.text, "zh": Value.text})
    return {"en": value.text("text or a mapping")}


def _tags(value: Value) -> dict[str, Any]:
    """``en`` and ``zh`` are written, ``also`` is read; of a list the first is written."""
    if value.kind == "a mapping":
        return value.mapping({"en": _tag, "zh": _tag, "also": _tag_list})
    first, *also = _tag_list(value) or (None,)
    return {"en": first, "also": tuple(also)}


def _tag_list(value: Value) -> tuple[str, ...]:
    nodes = value.items(value.name) if value.kind == "a list" else [value]
    return tuple(filter(None, map(_tag, nodes)))


# In a .bib a keyword ends at a comma or a semicolon, and a value at a quote or a brace.
_WRITABLE_TAG = re.compile(r'[^,;"{}\\]+')
_tag = such(
    lambda text: _WRITABLE_TAG.fullmatch(text) and normal_tag(text),
    r'a tag: a letter or more, none of , ; " \ { }',
)
_LEVEL = {
    "id": such(re.compile(r"\w[\w.-]*").fullmatch, "one word of letters, digits and . - _"),
    "label": _label,
    "tags": _tags,
    "jabref": one_of("prio1", "prio2", "prio3"),
}


# Zotero, in the file and in the environment.

_LIBRARY_ID = re.compile(r"user(/[1-9][0-9]*)?|group/[1-9][0-9]*")
_VISIBLE = re.compile(r"[!-~]+")
_ADDRESS = "an http or https address"
_TRUE = {"1", "true", "yes", "on"}


def _zotero(
    chosen: dict[str, Any], environ: Mapping[str, str]
) -> tuple[ZoteroSettings, tuple[str, ...]]:
    """The settings, and what is wrong with the variables."""
    wrong: list[str] = []
    values = {**chosen, **dict(_addresses(environ, wrong))}
    if "server" not in values and environ.get("ZOTERO_LOCAL", "").lower() in _TRUE:
        values["server"] = "local"
    if "id" not in values:
        values["id"] = _library_id(environ, wrong)
    # A file may come from somebody else, with the folder; the environment is the user's.
    trusted = environ.get("BIBNOTES_ZOTERO_WEB_URL", "").rstrip("/") or WEB_URL
    of_file = values.get("web_url", WEB_URL) != trusted
    key = environ.get("ZOTERO_API_KEY", "").strip() or None
    settings = ZoteroSettings(
        **values,
        api_key=None if of_file else key,
        web_url_of_file=of_file,
        ignores_api_key=of_file and key is not None,
    )
    return settings, tuple(wrong)


def _addresses(environ: Mapping[str, str], wrong: list[str]) -> Iterator[tuple[str, str]]:
    for key in ("web_url", "local_url"):
        name = f"BIBNOTES_ZOTERO_{key.upper()}"
        text = environ.get(name, "")
        if text and not _is_address(text):
            wrong.append(f"{name} is `{shown(text)}`; it must be {_ADDRESS}")
        elif text:
            yield key, text.rstrip("/")


def _library_id(environ: Mapping[str, str], wrong: list[str]) -> str:
    number = environ.get("ZOTERO_LIBRARY_ID", "").strip()
    kind = environ.get("ZOTERO_LIBRARY_TYPE", "").strip().lower() or "user"
    if kind == "user" and number in {"", "0"}:  # 0 is what the desktop calls its user
        return "user"
    if not _LIBRARY_ID.fullmatch(f"{kind}/{number}"):
        wrong.append(
            f"ZOTERO_LIBRARY_TYPE is `{shown(kind)}` and ZOTERO_LIBRARY_ID `{shown(number)}`;"
            " they must be user or group, and a number"
        )
    return f"{kind}/{number}"


def _url(value: Value) -> str | None:
    text = _address(value)
    return text.rstrip("/") if text else None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    extra = parts.username or parts.password or parts.query or parts.fragment
    return valid and not extra and bool(_VISIBLE.fullmatch(text))


_address = such(_is_address, _ADDRESS)
_ZOTERO = {
    "server": one_of("auto", "local", "web"),
    "id": such(_LIBRARY_ID.fullmatch, "user, user/475001 or group/123456"),
    "collection": Value.text,
    "reader": Value.text,
    "web_url": _url,
    "local_url": _url,
}
_SETTINGS = {
    "library": Value.text,
    "language": one_of("auto", "en", "zh"),
    "profile": one_of("auto", "bibtex", "jabref"),
    "pages": Value.text,
    "scale": _scale,
    "zotero": lambda value: value.mapping(_ZOTERO),
}
