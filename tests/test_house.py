"""The house rules that a machine can keep: who imports whom, what lies where, what is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import config

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "casework", "console", "flows", "locales", "storage")
#: Package -> the packages of ours that it may import besides itself.
MAY_IMPORT = {
    "flows": set(),
    "casework": set(),
    "locales": set(),
    "storage": {"flows", "casework"},
    "console": {"storage", "casework", "locales"},
    "bot": {"flows", "casework", "locales", "storage"},
}
#: Only the composition root wires the console in.
MAY_IMPORT_TOO = {"bot/app.py": {"console"}}
#: Lines a file may have; a longer one says why at its top. Tests are lists of examples and may be longer.
LONGEST, LONGEST_TEST = 400, 600
WHY_LONG = "Long, and one file all the same: "
#: Lists of words and phrases, a language each, and what is made from the code: nobody reads them from top to bottom.
LISTS = ("locales/", "tests/", "docs/")
#: Shapes of the interface: what each field says of itself is the document that is published.
SAID_BY_THEIR_FIELDS = {"bot/api/shapes.py"}
#: Functions that stand twice -> why.
TWINS = {
    ("bot/channels/address.py trusted", "console/guard.py _within"): "no package that both may import knows networks",
}
#: Names that are found by their name: pages, channels, flows and commands declare themselves so.
BY_NAME = {"ORDER", "CHANNEL", "FLOW"}
#: Names that only tests use -> why they stand in the product.
FOR_TESTS = {
    "casework/contact.py REASONS": "what a verdict may give as its reason, to be read beside it",
    "flows/steps.py texts": "every text of a flow, for what is measured of wordings",
    "storage/metadata.py cleaned": "what is left of a whole file at once",
}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".po",
    ".pot",
    ".txt",
    ".lock",
    ".yml",
    ".mako",
    ".json",
    ".svg",
    "",
}
#: Written in halves, so that this file passes its own test.
MACHINE = tuple(a + b for a, b in (("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/"), ("C:\\Us", "ers")))


def files() -> list[Path]:
    """What is in the repository, or would be with the next commit; every file where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]
    hidden = {".venv", ".git", "data", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", "hearback.egg-info"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.relative_to(ROOT).parts)]


def python(*folders: str) -> list[Path]:
    return [p for p in files() if p.suffix == ".py" and (not folders or p.relative_to(ROOT).parts[0] in folders)]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, top-level package) of every import, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno}: write whole imports, not relative ones"
            yield node.lineno, (node.module or "").split(".")[0]


@pytest.mark.parametrize("package", [p for p in PACKAGES if (ROOT / p).is_dir()])
def test_imports_go_one_way(package: str) -> None:
    wrong = [
        f"{name(path)}:{line} imports {target}"
        for path in python(package)
        for line, target in imported(path)
        if target in PACKAGES and target not in {package, *MAY_IMPORT[package], *MAY_IMPORT_TOO.get(name(path), set())}
    ]
    assert not wrong


def test_the_pure_packages_do_no_input_or_output() -> None:
    outside = {
        "socket",
        "sqlite3",
        "sqlalchemy",
        "sqlmodel",
        "aiohttp",
        "requests",
        "httpx",
        "subprocess",
        "asyncio",
        "threading",
    }
    wrong = [
        f"{name(path)}:{line} imports {target}"
        for path in python("flows", "casework")
        for line, target in imported(path)
        if target in outside
    ]
    assert not wrong


def test_flows_never_look_at_the_clock() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in python("flows")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "today", "utcnow", "time", "monotonic")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("datetime", "date", "time", "dt")
    ]
    assert not wrong, "time comes only from Said.at"


def test_top_level_has_only_what_belongs_there() -> None:
    known = {
        *PACKAGES, "tests", "benchmarks", "deploy", "docs", "tools", ".ci", ".gitignore", "CHANGELOG.md", "LICENSE",
        "Makefile", "README.md", "pyproject.toml", "requirements.lock", "requirements-build.lock",
        "requirements-pdf.lock", "requirements-test.lock",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in files()} <= known


def test_files_are_small() -> None:
    long = {
        name(path)
        for path in python()
        if len(path.read_text("utf-8").splitlines())
        > (LONGEST_TEST if path.relative_to(ROOT).parts[0] == "tests" else LONGEST)
    } | {
        name(path)
        for path in files()
        if path.suffix in (".toml", ".html", ".css", ".js", ".yml") and not name(path).startswith(LISTS)
        if len(path.read_text("utf-8").splitlines()) > LONGEST
    }
    silent = [one for one in long if WHY_LONG not in (ROOT / one).read_text("utf-8")[:1000]]
    assert not silent, f"split it, or say at its top: {WHY_LONG}…"


def test_every_module_says_what_it_is() -> None:
    silent = [
        name(p)
        for p in python(*PACKAGES)
        if (s := p.read_text("utf-8")).strip() and not ast.get_docstring(ast.parse(s))
    ]
    assert not silent


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes, and what is public in these classes; not what is nested in functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_every_public_name_says_what_it_is() -> None:
    """Functions, classes and their methods, nested classes with theirs."""
    silent = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in python(*PACKAGES)
        if name(path) not in SAID_BY_THEIR_FIELDS and not name(path).startswith("storage/migrations/versions/")
        for node in public(ast.parse(path.read_text("utf-8")).body)
        if not ast.get_docstring(node)
    ]
    assert not silent


class Plain(ast.NodeTransformer):
    """Names that a function gives itself, by the order in which they come: what it does is then all that is left."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.setdefault(node.arg, f"_{len(self.names)}"))

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if isinstance(node.ctx, ast.Store):
            self.names.setdefault(node.id, f"_{len(self.names)}")
        return ast.Name(self.names.get(node.id, node.id), node.ctx)


def does(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """What a function does, whatever it calls itself and its names."""
    said = ast.get_docstring(node) is not None
    plain = Plain()
    arguments = ast.unparse(plain.visit(node.args))
    return "\n".join([arguments, *(ast.unparse(plain.visit(one)) for one in node.body[said:])])


def test_no_function_stands_twice() -> None:
    """Of three lines or more. Migrations are left as they were written."""
    found: dict[str, list[str]] = {}
    for path in python(*PACKAGES):
        if not name(path).startswith("storage/migrations/versions/"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (text := does(node)).count("\n") >= 3:
                    found.setdefault(text, []).append(f"{name(path)} {node.name}")
    twice = {tuple(sorted(places)) for places in found.values() if len(places) > 1}
    assert twice == TWINS.keys(), "use the one that is there, in a module that both may import"


class Uses:
    """What a file takes from elsewhere, and what it says itself."""

    def __init__(self, path: Path) -> None:
        self.module = name(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self.tree = ast.parse(path.read_text("utf-8"))
        self.said: set[str] = set()
        self.attributes: set[str] = set()
        self.taken: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self.said.add(node.id)
            elif isinstance(node, ast.Attribute):
                self.attributes.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                self.taken |= {f"{node.module}.{one.name}" for one in node.names}
            elif isinstance(node, ast.Import):
                self.taken |= {one.name for one in node.names}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.said |= set(re.findall(r"\w+", node.value)) if len(node.value) < 200 else set()

    def declared(self) -> Iterator[str]:
        """Names of the module; not functions under a decorator, which is what finds them."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) or (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list
            ):
                yield node.name
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))

    def uses(self, module: str, one: str) -> bool:
        """Whether this file takes a name of another module, by itself or through the module."""
        whole = module in self.taken or any(taken.startswith(f"{module}.") for taken in self.taken)
        return f"{module}.{one}" in self.taken or (one in self.attributes and whole)


def test_nothing_stands_unused() -> None:
    """A name of a module that no other line of the product, of tools or benchmarks ever says. Tests are no use."""
    every = {path: Uses(path) for path in python(*PACKAGES, "tools", "benchmarks")}
    unused = {
        f"{name(path)} {one}"
        for path, own in every.items()
        if path.relative_to(ROOT).parts[0] in PACKAGES and "migrations/versions" not in name(path)
        for one in own.declared()
        if not one.startswith("__") and one not in own.said | BY_NAME
        if not any(other.uses(own.module, one) for other in every.values())
    }
    assert unused == FOR_TESTS.keys(), "use it, or take it away"


def test_every_page_that_is_named_is_there() -> None:
    """In code, comments and texts of the repository: a source that nobody can open is none."""
    there = {path.name for path in files()}
    lost = [
        f"{name(path)}: {found}"
        for path in files()
        if path.suffix in TEXT and path.suffix != ".lock"
        for found in re.findall(r"[\w.-]*\w\.md\b", path.read_text("utf-8", errors="replace"))
        if found not in there
    ]
    assert not lost


def test_nothing_names_a_machine() -> None:
    found = [
        f"{name(path)}: {needle}"
        for path in files()
        if path.suffix in TEXT
        for needle in MACHINE
        if needle in path.read_text("utf-8", errors="replace")
    ]
    assert not found


def test_locks_have_hashes_and_no_hosts() -> None:
    for lock in (*ROOT.glob("requirements*.lock"), *ROOT.glob("tools/*/requirements.lock")):
        text = lock.read_text()
        assert "://" not in text, f"{lock.name} names a host"
        for wanted in re.findall(r"^\S+==\S+(?:[^\n]*\n)(?!\s+--hash)", text, re.MULTILINE):
            pytest.fail(f"{lock.name}: no hash for {wanted.strip()}")


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for lock, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-pdf.lock", project["dependencies"] + project["optional-dependencies"]["pdf"]),
        ("requirements-test.lock", project["dependencies"] + project["optional-dependencies"]["test"]),
    ):
        locked = {line.split("==")[0].strip() for line in (ROOT / lock).read_text().splitlines() if "==" in line}
        asked = {re.split(r"[\[<>=; ]", one)[0].lower() for one in wanted}
        assert {one.split("[")[0] for one in locked} >= asked, f"run make lock ({lock})"


def test_test_and_run_use_the_same_versions() -> None:
    def versions(lock: str) -> dict[str, str]:
        pinned = re.findall(r"^([a-z0-9._-]+)(?:\[.*?\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        return dict(pinned)

    assert versions("requirements.lock").items() <= versions("requirements-pdf.lock").items()
    assert versions("requirements-pdf.lock").items() <= versions("requirements-test.lock").items()


def test_every_setting_is_documented() -> None:
    assert (ROOT / "docs/configuration.md").read_text("utf-8") == config.reference(), (
        "run: hearback settings --markdown > docs/configuration.md"
    )
    assert all(field.description for field in config.Settings.model_fields.values())


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in changelog or f"## [{version}]" in changelog


def test_log_calls_have_fixed_words() -> None:
    """A log line's words are in the code. Values go under declared names (``bot.logs.NAMES``), or are the kind
    of an error (``cause``: its kind and code) or a count where the standard library's %s is used."""
    wrong = []
    for path in python(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("log", "logger", "_log")
            ):
                words, *values = node.args
                kinds = [
                    re.fullmatch(r"type\(\w+\)\.__name__|len\(\w+\)|cause\(error\)", ast.unparse(value))
                    for value in values
                ]
                if not isinstance(words, ast.Constant) or not all(kinds):
                    wrong.append(f"{name(path)}:{node.lineno}")
    assert not wrong
