"""How `make docs` turns docs/ into pages: Sphinx with MyST and Furo. The pages themselves are plain Markdown.

What stands in the menu is what a page lists as ``- [Title](…)``: the index under its headings, the decisions on
theirs. A page that nobody lists is a warning, and a warning ends the build.
"""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError

ROOT = Path(__file__).parents[2]

project = "Hearback"
version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Hearback"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6661", "color-brand-content": "#0b5a7a"},
    "dark_css_variables": {"color-brand-primary": "#77d6c9", "color-brand-content": "#8fd0ef"},
}
pygments_style = "default"
pygments_dark_style = "monokai"
#: Pages that are menus of others.
LISTS = ("index", "decisions/index")
ELSEWHERE = re.compile(
    r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=[\"'](?:https?:)?//|url\([\"']?(?:https?:)?//"
)


def menu(app: Sphinx, page: str, source: list[str]) -> None:
    """Add what the page lists to the menu, under its own headings; readers of the Markdown see the list alone."""
    if page not in LISTS:
        return
    for part in re.split(r"^## ", source[0], flags=re.MULTILINE):
        if listed := re.findall(r"^- \[([^\]]+)\]\(([\w/.-]+)\.md\)", part, re.MULTILINE):
            entries = "\n".join(f"{title} <{target}>" for title, target in listed)
            caption = f":caption: {part.splitlines()[0]}\n" if page == "index" else ""
            source[0] += f"\n\n```{{toctree}}\n:hidden:\n{caption}\n{entries}\n```\n"


def alone(app: Sphinx, trouble: Exception | None) -> None:
    """Refuse pages that fetch anything from anywhere else: whoever reads them tells nobody."""
    for file in (*Path(app.outdir).rglob("*.html"), *Path(app.outdir).rglob("*.css")):
        if trouble is None and (found := ELSEWHERE.search(file.read_text("utf-8"))):
            raise SphinxError(f"{file.name} fetches something from elsewhere: {found[0]}")


def setup(app: Sphinx) -> None:
    app.connect("source-read", menu)
    app.connect("build-finished", alone)
