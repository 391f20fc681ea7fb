"""How much a page loads to chat: Parley's packages beside others, minified and gzipped (-9).

The others are installed into a folder that goes away again, in the versions named here. What is
measured is a minimal chat: the entry's code and what it imports at once, without what is loaded
later, and without styles. React is not counted where it is needed, for anybody. Parley's script tag
counts with all that is loaded until somebody chats, styles included: the button, the list and the
conversation, but not what opens only when it is asked for, such as emoji and the people of a group.
"""

import argparse
import gzip
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools import environments, web
from tools.environments import ROOT, exclusive

CONFIG = Path(__file__).with_name("sizes.vite.config.js")
CDN = ROOT / "web/widget/cdn"
LOADER = CDN / "parley-chat.js"
STATIC_IMPORT = re.compile(r"""(?:from|import) ?["']\./([^"']+)["']""")
KB = 1024
# What is promised of the script tag, gzipped: the button, and everything needed to chat.
LOADER_KB, CHAT_KB = 6, 45
# Whose packages are measured, and those that they cannot do without.
INSTALLED = (
    "socket.io-client@4.8.4",
    "stream-chat-react@14.12.0",
    "stream-chat@9.53.0",
    "@chatscope/chat-ui-kit-react@2.1.1",
    "react@19.3.1",
    "react-dom@19.3.1",
)
OURS = "not chosen yet"
THEIR_OWN = "SEE LICENSE IN LICENSE"


@dataclass(frozen=True)
class Subject:
    """A package, and what is used of it."""

    package: str
    names: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Figures:
    """A line of the table."""

    package: str
    version: str
    imported: str
    min_kb: float
    gzip_kb: float
    licence: str

    def cells(self) -> tuple[str, ...]:
        """What stands in the table."""
        sizes = (f"{self.min_kb:.1f}", f"{self.gzip_kb:.1f}")
        return (f"`{self.package}`", self.version, self.imported, *sizes, self.licence)


SUBJECTS = (
    Subject("@parley/client", ("ParleyClient",), "connection, rooms, outbox; no user interface"),
    Subject("socket.io-client", ("io",), "transport only; no rooms, history or user interface"),
    Subject(
        "@chatscope/chat-ui-kit-react",
        ("MainContainer", "ChatContainer", "MessageList", "Message", "MessageInput"),
        "user interface only; needs React",
    ),
    Subject(
        "stream-chat-react",
        ("Chat", "Channel", "Window", "MessageList", "MessageComposer"),
        "client and user interface; needs React",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the others go."""
    parser.add_argument("--folder", type=Path, help="a folder to install into, which stays")


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Measure all, and print the table."""
    node = web.find_node()
    with exclusive(web.LOCK):
        web.build(node)
    with tempfile.TemporaryDirectory(prefix="parley-sizes-") as temporary:
        folder = options["folder"] or Path(temporary)
        install(folder, node)
        lines = [*script_tag(), *(measure(subject, folder, node) for subject in SUBJECTS)]
    print(table(lines))
    return {"sizes": [asdict(line) for line in lines]}


def install(folder: Path, node: web.Node) -> None:
    """Have the packages of others in a folder, and ours beside them."""
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
    # Some name older versions of React than they work with.
    options = ("--legacy-peer-deps", "--no-audit", "--no-fund", "--ignore-scripts")
    where = ("--prefix", str(folder))
    environments.run([*node.npm, "install", *where, *options, *INSTALLED], node.environment())
    ours = folder / "node_modules" / "@parley"
    ours.mkdir(exist_ok=True)
    for name in ("client", "widget"):
        (ours / name).unlink(missing_ok=True)
        (ours / name).symlink_to((ROOT / "node_modules" / "@parley" / name).resolve())


def script_tag() -> Iterable[Figures]:
    """What `<script src="…/parley-chat.js">` loads: at once, and until somebody chats."""
    version = manifest_of(ROOT / "web/widget")["version"]
    yield Figures("@parley/widget", version, "script tag: the button", *sizes([LOADER]), OURS)
    what = "script tag: everything needed to chat"
    yield Figures("@parley/widget", version, what, *sizes(needed_to_chat()), OURS)


def needed_to_chat() -> list[Path]:
    """The files that are loaded before somebody can read and write a message."""
    due = [LOADER, CDN / "app.js", *CDN.glob("conversation-*.js")]
    found: set[Path] = set()
    while due:
        path = due.pop()
        if path not in found:
            found.add(path)
            due += [CDN / name for name in STATIC_IMPORT.findall(path.read_text())]
    return sorted(found)


def measure(subject: Subject, folder: Path, node: web.Node) -> Figures:
    """Build a page that uses the subject, and see what it loads."""
    names = ", ".join(subject.names)
    # Given to somebody, or all of it would be left out as unused.
    text = f'import {{ {names} }} from "{subject.package}";\nglobalThis.page = [{names}];\n'
    (folder / "page.js").write_text(text)
    output = folder / "built"
    options = ("--config", str(CONFIG), "--outDir", str(output), "--emptyOutDir")
    vite = (*web.command(node, "vite"), "build", str(folder))
    environments.run([*vite, *options], node.environment())
    their = manifest_of(folder / "node_modules" / subject.package)
    licence = str(their.get("license", OURS)).replace(THEIR_OWN, "proprietary")
    what = f"{names.replace(', ', ' ')}: {subject.note}"
    return Figures(subject.package, their["version"], what, *sizes(at_once(output)), licence)


def at_once(output: Path) -> list[Path]:
    """The files that the page loads before it does anything."""
    chunks = json.loads((output / ".vite" / "manifest.json").read_text())
    due = [name for name, chunk in chunks.items() if chunk.get("isEntry")]
    found: set[str] = set()
    while due:
        name = due.pop()
        if name not in found:
            found.add(name)
            due += chunks[name].get("imports", [])
    return [output / chunks[name]["file"] for name in found]


def sizes(paths: Iterable[Path]) -> tuple[float, float]:
    """The files' KB, minified as they are, and gzipped each for itself."""
    texts = [path.read_bytes() for path in paths]
    packed = [len(gzip.compress(text, compresslevel=9)) for text in texts]
    return sum(map(len, texts)) / KB, sum(packed) / KB


def manifest_of(package: Path) -> dict[str, Any]:
    """What a package says of itself."""
    found: dict[str, Any] = json.loads((package / "package.json").read_text())
    return found


def table(lines: Iterable[Figures]) -> str:
    """The figures as Markdown."""
    head = ("Package", "Version", "What is imported", "min KB", "gzip KB", "Licence")
    rows = [head, ("---", "---", "---", "---:", "---:", "---"), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
