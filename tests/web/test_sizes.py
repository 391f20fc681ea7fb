"""How much a page has to load, by the imports of what is built.

The promise is 6 KB for the button and 45 KB until somebody chats: `make show` says FAIL while that
is missed. Here it may not become more than it was when it was last made smaller.
"""

from bench import sizes
from tests.web.toolbox import Toolbox

# The figure that was reached, rounded up to half a KB.
CEILING_KB = 46.5
LOADED_LATER = ("emoji", "extras", "groupForm", "listExtras", "roomDetails", "sound", "wide")


def test_button_is_small(toolbox: Toolbox) -> None:
    _, gzip_kb = sizes.sizes([sizes.LOADER])
    assert gzip_kb <= sizes.LOADER_KB


def test_everything_needed_to_chat_does_not_grow(toolbox: Toolbox) -> None:
    files = sizes.needed_to_chat()
    _, gzip_kb = sizes.sizes(files)
    assert gzip_kb <= CEILING_KB, {path.name: sizes.sizes([path])[1] for path in files}


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
