"""Options that several commands share, so that they look and mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..bibtex.latex import to_unicode
from ..errors import UsageError
from ..search import Filter, parse_priorities, parse_query, parse_years
from .completing import TYPES
from .environment import Environment

if TYPE_CHECKING:
    from ..citing.references import Formatting

_F = TypeVar("_F", bound=Callable[..., Any])

language = click.option(
    "--lang",
    type=click.Choice(["en", "zh", "auto"]),
    help="Language of headings and labels; auto follows the locale.",
)
sort = click.option(
    "--sort",
    type=click.Choice(["file", "key", "author", "title", "year"]),
    default="file",
    show_default=True,
    help="Order of the papers; years stand with the newest first.",
)
reverse = click.option("--reverse", is_flag=True, help="Turn the order round.")
dry_run = click.option("--dry-run", is_flag=True, help="Show the changes and write nothing.")
yes = click.option("--yes", is_flag=True, help="Ask nothing before writing.")


def yes_to(what: str) -> Callable[[_F], _F]:
    """``--yes`` of a command that would refuse some things, or ask about them."""
    return click.option("--yes", is_flag=True, help=f"Ask nothing, and agree: {what}.")


output = click.option(
    "-o",
    "--output",
    type=TYPES["file"],
    metavar="FILE",
    help="Write to a file; - is the standard output.",
)
force = click.option("--force", is_flag=True, help="Replace FILE even if it was edited since.")
pair = click.option(
    "--pair",
    "wishes",
    metavar="REVIEW=KEY",
    multiple=True,
    help="The review (its key, line or title) is about the paper of this key; may be repeated.",
)


def _style_named(_ctx: click.Context, _param: click.Parameter, given: str | None) -> str | None:
    if given == "":
        raise UsageError("--style names no style", "Name one: --style apa.")
    return given


style = click.option(
    "--style",
    type=TYPES["style"],
    callback=_style_named,
    metavar="FILE|NAME",
    help="Format references in a citation style: a .csl file or a name; this needs pandoc.",
)
json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

_FILTERS = (
    click.option(
        "--search",
        metavar="WORDS",
        default="",
        help='Papers in which every word occurs; "…" for a phrase, field:word for one field.',
    ),
    click.option(
        "--priority",
        "priorities",
        type=TYPES["level"],
        metavar="LEVEL",
        multiple=True,
        help="Papers of this priority (id, label or tag), reviewed or unread; may be repeated.",
    ),
    click.option("--year", metavar="YEARS", help="Papers of 2021, 2019-2021, 2019- or -2021."),
)


def filters(command: _F) -> _F:
    """The options from which ``chosen`` makes the filter."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def formatting(environment: Environment, style: str, lang: str | None) -> Formatting:
    """How --style and --lang set references. Raises NotFoundError, BibnotesError."""
    from ..citing.references import Formatting
    from ..citing.styles import find

    language = environment.language(lang) if lang else None
    return Formatting(find(style, environment.variables), language)


def chosen(
    environment: Environment, search: str, priorities: Sequence[str], year: str | None
) -> Filter:
    """The filter that the options ask for. Raises UsageError."""
    return Filter(
        parse_query(search, to_unicode),
        parse_priorities(priorities, environment.settings.scale),
        parse_years(year) if year else None,
    )
