"""What a Zotero library is called, in the journal and in messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes.zotero.server import LibraryAddress


@pytest.mark.parametrize(
    ("address", "stored", "name"),
    [
        (
            LibraryAddress("web", "https://api.zotero.org", "user/475001"),
            "zotero-web:https://api.zotero.org/user/475001",
            "user/475001 on api.zotero.org",
        ),
        (
            LibraryAddress("local", "a1b2c3", "group/5001", "安娜"),
            "zotero-local:a1b2c3/group/5001?reader=安娜",
            "group/5001 on this computer (database a1b2c3), reader 安娜",
        ),
    ],
)
def test_an_address_is_stored_and_called_by_a_name(
    address: LibraryAddress, stored: str, name: str
) -> None:
    assert (str(address), address.name) == (stored, name)
    assert LibraryAddress.parse(stored) == address


def test_a_reader_is_one_in_any_case_of_letters() -> None:
    ana = LibraryAddress("web", "https://api.zotero.org", "group/5001", "Ana")
    assert str(ana) == str(replace(ana, reader="ana"))
    assert ana.name.endswith("reader Ana")
    assert [one for one in ("ana", "ANA", "ben", None) if ana.is_of(one)] == ["ana", "ANA"]
    assert replace(ana, reader=None).is_of(None)
