"""bibnotes login: take a key for a Zotero server, check it, keep it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import click

from ..errors import NotAllowedError, UsageError
from .environment import Environment, read_input, say, utf8
from .zotero_options import surroundings, verbose

if TYPE_CHECKING:
    from ..config import ZoteroSettings
    from ..zotero.access import Access


@click.command(name="login")
@click.option(
    "--server",
    type=click.Choice(["web", "local"]),
    default="web",
    show_default=True,
    help="Which server is to be written to and read from.",
)
@click.option(
    "--address",
    metavar="URL",
    help="Agree that the key is sent to this address, which bibnotes.yaml names.",
)
@verbose
def command(server: Literal["web", "local"], address: str | None, verbose: bool) -> None:
    """Take a key for the Zotero web library, and say what it may do.

    The key is asked for without showing it, or read from the standard input; it is made at
    zotero.org/settings/keys. It is kept in the system's keyring, or in a file that only you can
    read.

    Reading from Zotero on this computer needs none. To write there, Zotero asks you in its own
    window: --server local has it ask now, and “Always Allow” is remembered.

    \b
    bibnotes login
    pass zotero | bibnotes login
    bibnotes login --server local
    pass zotero | bibnotes login --address https://zotero.example.org
    """
    environment = Environment.of_process()
    if server == "local":
        _log_in_here(environment, verbose)
    else:
        _log_in_to_web(environment, address, verbose)


def _log_in_here(environment: Environment, verbose: bool) -> None:
    """Have the desktop ask its user. Raises NotAllowedError for a denial."""
    from ..zotero import consent
    from ..zotero.opening import connect_local

    with surroundings(environment, verbose) as around:
        gateway = connect_local(environment.settings.zotero, replace(around, writes=True))
    kept = consent.ask(gateway, say)
    if kept is None:
        raise NotAllowedError(
            "“Allow” is good for one change, of 50 notes and tags at most, so it cannot be kept",
            "Run this again and choose “Always Allow”, or be asked at each change.",
        )
    say(f"{gateway.line.server.name} lets bibnotes write, until you clear that in its settings")
    say(f"The key is kept in {kept.place}")


def _log_in_to_web(environment: Environment, address: str | None, verbose: bool) -> None:
    from ..zotero import keys
    from ..zotero.checkup import describe_group
    from ..zotero.connection import Line
    from ..zotero.gateway import Gateway
    from ..zotero.server import Server

    settings = environment.settings.zotero
    web = Server("web", settings.web_url)
    _require_trust(settings, address)
    if web.is_overheard:
        say(f"{web.url} is no https address: whoever is on the way can read the key")
    value = keys.sendable(_asked(web.name))
    with surroundings(environment, verbose) as around:
        line = Line(web, value, around.patience, around.log)
        access = Gateway(line, "user/0").key_access()
        groups = Gateway(line, f"user/{access.user_id}").groups()
    _require_use(access, settings)
    kept = keys.keep(settings.web_url, value)
    say(f"Logged in to {web.name} as {access.user} (user/{access.user_id})")
    say(f"The key is kept in {kept.place}")
    say(f"It may {_rights(access)}")
    for group in groups:
        say(f"It may use {describe_group(group, access)}")
    if groups:
        say("To use a group's library, set zotero.id in bibnotes.yaml.")
    if settings.api_key:
        say(f"{keys.ENVIRONMENT} is set, and comes before the key that is kept")
    elif settings.ignores_api_key:
        say(f"{keys.ENVIRONMENT} is set, and not used for this address")


def _require_trust(settings: ZoteroSettings, address: str | None) -> None:
    """See that the user wants the key sent where it would be.

    A bibnotes.yaml can come from anybody. Raises UsageError, NotAllowedError.
    """
    url = settings.web_url
    if address and address.rstrip("/") != url:
        raise UsageError(f"The settings lead to {url}, not to {address}")
    if address or not settings.web_url_of_file:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError(
            f"bibnotes.yaml has the key sent to {url}", f"If that is right: --address {url}"
        )
    if not click.confirm(f"bibnotes.yaml has the key sent to {url}. Is that right?", err=True):
        raise NotAllowedError("No key was sent", "Remove zotero.web_url from bibnotes.yaml.")


def _require_use(access: Access, settings: ZoteroSettings) -> None:
    """See that no key that may serve is replaced by one that does not. Raises NotAllowedError."""
    from ..zotero import keys

    library = f"user/{access.user_id}" if settings.id == "user" else settings.id
    if not access.reads(library) and keys.find(settings.web_url):
        raise NotAllowedError(
            f"This key may {_rights(access)}; the one that was kept before stays",
            "Give it access to the library and its notes, or run bibnotes logout first.",
        )


def _asked(server: str) -> str:
    """The key that the user types, or that the standard input holds. Raises UsageError."""
    if sys.stdin and sys.stdin.isatty():  # else the terminal would show what is typed
        given: str = click.prompt(f"Key for {server}", hide_input=True, err=True)
    else:
        given = utf8(read_input(), "The standard input")
    if not given.strip():
        raise UsageError("No key was given", "Make one at zotero.org/settings/keys.")
    return given.strip()


def _rights(access: Access) -> str:
    """What the key may do with the user's own library, in words."""
    if not access.library:
        return "not read your own library"
    if not access.notes:
        return "read your own library without its notes; bibnotes needs them, for reviews are notes"
    return "read and write your own library" if access.write else "read your own library"
