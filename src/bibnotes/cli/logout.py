"""bibnotes logout: forget the keys for Zotero's servers."""

from __future__ import annotations

import click

from .environment import Environment, say


@click.command(name="logout")
def command() -> None:
    """Remove the keys for Zotero from where login keeps them.

    They stay valid until you revoke them: that for the web at zotero.org/settings/keys, that for
    Zotero on this computer in its settings.

    \b
    bibnotes logout
    """
    from ..zotero import keys
    from ..zotero.server import Server

    settings = Environment.of_process().settings.zotero
    servers = (Server("web", settings.web_url), Server("local", settings.local_url))
    found = [(server.name, place) for server in servers for place in keys.forget(server.url)]
    for name, place in found:
        say(f"The key for {name} was removed from {place}")
    if not found:
        say(f"No key for {servers[0].name} was kept, and none for {servers[1].name}")
    if settings.api_key:
        say(f"{keys.ENVIRONMENT} is still set")
