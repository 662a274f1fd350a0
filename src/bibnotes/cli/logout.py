"""bibnotes logout: forget the key for Zotero's web server."""

from __future__ import annotations

import click

from .environment import Environment, say


@click.command(name="logout")
def command() -> None:
    """Remove the key for the Zotero web library from where login keeps it.

    The key stays valid until you revoke it at zotero.org/settings/keys.

    \b
    bibnotes logout
    """
    from ..zotero import keys
    from ..zotero.server import Server

    settings = Environment.of_process().settings.zotero
    name = Server("web", settings.web_url).name
    places = keys.forget(settings.web_url)
    for place in places:
        say(f"The key for {name} was removed from {place}")
    if not places:
        say(f"No key for {name} was kept")
    if settings.api_key:
        say(f"{keys.ENVIRONMENT} is still set")
