"""What README, docs/ and deploy/ name is there: settings, commands and options, targets, files, fields, links."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import typer.main
from babel.messages.pofile import read_po

import locales
from bot.__main__ import app
from bot.channels import NAMES, channel
from bot.config import FILE, PREFIX, Settings
from casework.procedure import Profile, load

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
DEPLOY = [file for file in sorted((ROOT / "deploy").iterdir()) if file.is_file()]
#: Where the proxy finds us, in files of deploy/; no setting of ours.
OTHERS = {"HEARBACK"}
#: Files that come to be when something is made or set up, or that a page has its reader write.
MADE = ("build/", "deploy/profiles", "deploy/secrets", "data/", "tests/flows/test_with_you.py")
FIRST = {path.name for path in ROOT.iterdir()}


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def code(text: str) -> Iterator[str]:
    """What stands between backticks, also over the end of a line, and every line of a block of code."""
    for fenced, indented in re.findall(r"^ *```\w*\n(.*?)^ *```|(?<=\n\n)((?: {4}\S[^\n]*\n)+)", text, re.M | re.S):
        yield from (line.strip().removeprefix("$ ") for line in (fenced or indented).splitlines())
    without = re.sub(r"^ *```\w*\n.*?^ *```", "", text, flags=re.M | re.S)
    yield from (re.sub(r"\s+", " ", span) for span in re.findall(r"`((?:[^`\n]|\n(?!\n))+)`", without))


TEXTS = {named(file): file.read_text("utf-8") for file in PAGES}
#: (page, what stands there as code)
CODE = [(page, line) for page, text in TEXTS.items() for line in code(text)]


def commands() -> dict[str, set[str]]:
    """Every command as it is typed ("demo remove"), with its options."""

    def walk(group: typer.main.TyperGroup, before: str) -> Iterator[tuple[str, set[str]]]:
        for name, one in group.commands.items():
            if hasattr(one, "commands"):
                yield from walk(one, f"{before}{name} ")
            else:
                yield f"{before}{name}", {text for given in one.params for text in (*given.opts, *given.secondary_opts)}

    return dict(walk(typer.main.get_command(app), ""))  # type: ignore[arg-type]  # the outermost is a group


COMMANDS = commands()
GROUPS = {name.split()[0] for name in COMMANDS if " " in name}


def typed(line: str) -> Iterator[tuple[str, str]]:
    """(command, the rest) of each `hearback …` in a line that is typed."""
    for said in re.findall(r"(?:^|[\s/;&|])hearback ([a-z][^;&|#]*)", line):
        words = said.split()
        for length in (2, 1):
            if (name := " ".join(words[:length])) in COMMANDS:
                yield name, " ".join(words[length:])
                break
        else:
            yield (" ".join(words[:2]) if words[0] in GROUPS and words[1:] else words[0]), ""


def test_every_setting_that_is_named_exists() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    wrong = [
        f"{named(file)}: {name}"
        for file in (*PAGES, *DEPLOY)
        for name in set(re.findall(r"HEARBACK(?:_[A-Z_]+)?", file.read_text("utf-8"))) - OTHERS
        if name.removesuffix(FILE) not in known
    ]
    assert not wrong


def test_every_command_and_option_that_is_named_exists() -> None:
    wrong = []
    for page, line in CODE:
        for name, rest in typed(line):
            given = set(re.findall(r"(?<!\S)\[?(--?[a-z][a-z-]*)", rest)) - {"--help"}
            if name not in COMMANDS.keys() | GROUPS or given - COMMANDS.get(name, set()):
                wrong.append(f"{page}: {line}")
    assert not wrong


def test_every_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    wrong = [
        f"{page}: {line}"
        for page, line in CODE
        if (made := re.match(r"(?:\S+=\S+ )*make ([a-z]+)", line)) and made[1] not in targets
    ]
    assert not wrong


def test_every_command_is_on_the_page_of_commands() -> None:
    assert set(COMMANDS) == {name for page, line in CODE if page == "docs/commands.md" for name, _ in typed(line)}


def test_every_file_that_is_named_exists() -> None:
    """A path from the top of the tree, `tests/…::name` too; `<code>` stands for any."""
    wrong = []
    for page, span in CODE:
        first, slash, _ = span.partition("/")
        if slash and first in FIRST and not span.startswith(MADE) and re.fullmatch(r"[\w./<>:*-]+", span):
            wanted = re.sub(r"<\w+>", "*", span.partition("::")[0]).rstrip("/")
            if not any(ROOT.glob(wanted)):
                wrong.append(f"{page}: {span}")
    assert not wrong


def anchors(page: Path) -> set[str]:
    """What a link to a heading of this page may end with."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    wrong = []
    for page in (*PAGES, ROOT / "CHANGELOG.md"):
        for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
            to = page.parent / target if target else page
            if "://" in target or target.startswith("mailto:"):
                continue
            if not to.exists() or (anchor and anchor not in anchors(to)):
                wrong.append(f"{named(page)}: {target}#{anchor}")
    assert not wrong


def test_the_index_leads_to_every_page() -> None:
    """`make docs` makes its menu of these lists, too."""
    docs = ROOT / "docs"
    for folder, found in ((docs, docs.glob("*.md")), (docs / "decisions", docs.glob("decisions/*.md"))):
        listed = re.findall(r"^- \[[^\]]+\]\((.+?)\)", (folder / "index.md").read_text("utf-8"), re.M)
        here = {name for name in listed if "/" not in name}
        assert here == {page.name for page in found} - {"index.md"}
        assert len(listed) == len(set(listed)), "in one place each"


def shown(template: Path) -> list[str]:
    with template.open("rb") as file:
        return [one.id if isinstance(one.id, str) else one.id[0] for one in read_po(file) if one.id]


def tables() -> Iterator[tuple[str, str]]:
    """(page, TOML) of every block of TOML in the documentation."""
    for page, text in TEXTS.items():
        yield from ((page, block) for block in re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S))


def test_profiles_and_endpoints_that_are_shown_are_right(tmp_path: Path) -> None:
    """What a page shows of a profile is loaded; of an endpoint, its fields are those of its channel."""
    known, seen = {one.name for one in fields(Profile)} | {"base"}, set()
    for page, block in tables():
        shown = tomllib.loads(block)
        if shown.keys() <= known:
            file = tmp_path / "shown.toml"
            file.write_text(block if "base" in shown else f'base = "sandwell"\n{block}', "utf-8")
            assert load(file).name, page
            seen.add(page)
        for name in shown.keys() & set(NAMES):
            carrier = channel(name)
            for entry in shown[name]:
                assert entry.keys() <= carrier.needs | carrier.may | {"organisation", "id"}, page
                assert carrier.needs | {"organisation"} <= entry.keys(), page
            seen.add(page)
    assert {"docs/procedures.md", "docs/milestones.md", "docs/data-rights.md", "docs/channels.md"} <= seen


def test_every_profile_field_that_is_described_exists() -> None:
    """The other way round is tests/casework/test_documented.py."""
    table = TEXTS["docs/procedures.md"].split("| field | what it says |", 1)[1].split("\n\n", 1)[0]
    described = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert described <= {one.name for one in fields(Profile)} | {"base"}


def test_every_button_and_list_that_a_guide_names_is_called_so() -> None:
    """What stands in *italics* in the guides is a text of the program, or several of them with commas between."""
    texts = {text.casefold() for name in ("console", "messages") for text in shown(ROOT / f"locales/{name}.pot")}
    wrong = [
        f"{page}: {name}"
        for page in ("docs/staff-guide.md", "docs/complaints-managers.md", "docs/young-people.md", "docs/first-day.md")
        for italic in re.findall(r"(?<![*\w])\*([A-Z][^*]+)\*(?!\*)", TEXTS[page])
        for name in re.split(r", (?=[A-Z])", re.sub(r"\s+", " ", italic))
        if name.casefold() not in texts
    ]
    assert not wrong


def test_the_assessment_names_everybody_who_gets_something() -> None:
    """Every way in, and what else carries anything out of the house."""
    page = TEXTS["docs/dpia.md"]
    there = {path.name for path in (ROOT / "bot/channels").iterdir() if (path / "__init__.py").is_file()}
    for name in there | set(NAMES):
        assert f"(`{name}`)" in page, f"bot/channels/{name}: say in docs/dpia.md who gets what by it"
    assert all(one in page for one in ("API tokens", "webhooks", "apprise", "OpenID Connect", "clamd", "translation"))


def test_translators_are_told_which_languages_nobody_put_back_into_english() -> None:
    """As ``languages.toml`` has it; English is what they are written from."""
    told = TEXTS["docs/translators.md"].split("##")[0]
    for entry in locales.offered():
        assert entry.review != "native", f"{entry.english}: docs/translators.md says that nobody has read it"
        written = entry.review == "written" and entry.code != locales.SOURCE
        said = re.search(rf"\b{re.escape(entry.english)} (?:was compared )?with the", told)
        assert written == bool(said), entry.english
