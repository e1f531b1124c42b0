"""What the last whole `make audit` looked at and found, as a table in docs/security.md.

Each check says so by ``noted``; nothing is written unless AUDIT_RESULTS names a file. ``python tools/audit/record.py``,
at the end of `make audit` and so only where every check has passed, writes the table from it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs/security.md"
BEGIN, END = "<!-- last audit -->", "<!-- end of last audit -->"
#: Where the scanners are that have an environment of their own, and what they are called there.
APART, NAMES = ROOT / ".venv-audit/bin/python", {"wapiti": "wapiti3"}


def noted(check: str, looked: str, found: int, answered: int) -> None:
    """``check`` has ``looked`` at something and ``found`` so much, of which so much is ``answered`` on the page."""
    if path := os.environ.get("AUDIT_RESULTS"):
        line = {"check": check, "looked": looked, "found": found, "answered": answered}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def table(lines: list[dict[str, object]], versions: dict[str, str], when: datetime) -> str:
    """The table of a run that passed."""
    out = [
        f"Last run that passed: {when:%d %B %Y}, `make audit` of Hearback {version('hearback')}.",
        "",
        "| check | version | looked at | found | answered below |",
        "|---|---|---|---:|---:|",
    ]
    for line in lines:
        check = str(line["check"])
        out.append(f"| {check} | {versions[check]} | {line['looked']} | {line['found']} | {line['answered']} |")
    return "\n".join(out)


def versions(checks: set[str]) -> dict[str, str]:
    """The version of each check, wherever it is installed."""
    out = {"pip-audit": version("pip_audit"), "schemathesis": version("schemathesis")}
    strings = json.loads((ROOT / "tools/audit/package.json").read_text("utf-8"))["devDependencies"]
    out |= {name: strings[name] for name in strings}
    for name in sorted(checks - out.keys()):
        ask = f"from importlib.metadata import version; print(version({NAMES.get(name, name)!r}))"
        out[name] = subprocess.run([APART, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    return out


def main() -> int:
    """Writes the table."""
    from bot.api import OPERATIONS

    given = Path(os.environ["AUDIT_RESULTS"])
    lines = [json.loads(line) for line in given.read_text("utf-8").splitlines()]
    packages = len(re.findall(r"^[\w.-]+==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    looked = (
        "not asked: what it asks could not be reached"
        if os.environ.get("OFFLINE")
        else f"{packages} packages of the lock"
    )
    none = "–" if os.environ.get("OFFLINE") else 0
    lines.append({"check": "pip-audit", "looked": looked, "found": none, "answered": none})
    lines.append({"check": "schemathesis", "looked": f"{len(OPERATIONS)} operations", "found": 0, "answered": 0})
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    made = table(lines, versions({str(line["check"]) for line in lines}), datetime.now(UTC))
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", "utf-8")
    sys.stdout.write(f"every check has passed; written into {PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
