"""How much a page has to load, by the imports of what is built.

The promise is 6 KB for the button and 45 KB until somebody chats. That nothing else is needed for
that is shown in Chromium, where nothing else can be loaded (tests/browser/test_embedding.py).
"""

import pytest

from bench import sizes
from tests.web.toolbox import Toolbox

LOADED_LATER = ("emoji", "extras", "groupForm", "listExtras", "roomDetails", "sound", "wide")


def test_button_is_small(toolbox: Toolbox) -> None:
    _, gzip_kb = sizes.sizes([sizes.LOADER])
    assert gzip_kb <= sizes.LOADER_KB


@pytest.mark.covers("B-78", "B-88")
def test_everything_needed_to_chat_is_small(toolbox: Toolbox) -> None:
    files = sizes.needed_to_chat()
    _, gzip_kb = sizes.sizes(files)
    assert gzip_kb <= sizes.CHAT_KB, {path.name: sizes.sizes([path])[1] for path in files}


def test_button_list_and_conversation_are_counted(toolbox: Toolbox) -> None:
    names = {path.name for path in sizes.needed_to_chat()}
    assert {"parley-chat.js", "app.js"} < names
    assert any(name.startswith("conversation-") for name in names)


def test_what_nobody_needs_to_chat_is_loaded_later(toolbox: Toolbox) -> None:
    needed = set(sizes.needed_to_chat())
    for name in LOADED_LATER:
        later = set(sizes.CDN.glob(f"{name}*.js"))
        assert later, name
        assert later.isdisjoint(needed), name
