"""Runs the scanners of code over the repository and compares what they find with what docs/security.md answers.

A finding is named by its scanner, its kind and its file (of wapiti, for ``pages.py``: what it says, and the path). One
that the table "Findings" of that page does not have is printed, and so is an answer to a finding that is there no more;
either makes the exit code 1.

    python tools/audit/answers.py BANDIT DETECT_SECRETS
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tools.audit import record

ROOT = Path(__file__).parent.parent.parent
CODE = ("bot", "casework", "console", "flows", "locales", "storage")
PAGE = ROOT / "docs/security.md"
Finding = tuple[str, str, str]


def bandit(command: str) -> set[Finding]:
    """(“bandit”, B608, storage/backup.py) and so on."""
    given = [command, "-q", "-c", "tools/audit/bandit.yaml", "-r", *CODE, "-f", "json"]
    found = json.loads(subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
    return {("bandit", one["test_id"], one["filename"].removeprefix("./")) for one in found["results"]}


def secrets(command: str) -> set[Finding]:
    """(“detect-secrets”, Secret Keyword, bot/alarm.py) and so on."""
    given = [command, "scan", "--exclude-files", r".*\.(lock|po|pot|json)$", *CODE]
    given += ["deploy", "docs", "tests", "tools", "Makefile", "pyproject.toml"]
    found = json.loads(subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    return {("detect-secrets", one["type"], name) for name, lines in found["results"].items() for one in lines}


def answered(*scanners: str) -> set[Finding]:
    """The rows of the table “Findings” about these scanners."""
    rows = re.findall(r"^\| ([\w-]+) \| ([^|]+) \| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {(scanner, kind.strip(), where) for scanner, kind, where in rows if scanner in scanners}


def main() -> int:
    """Compares; says what has no answer."""
    each = {"bandit": bandit(sys.argv[1]), "detect-secrets": secrets(sys.argv[2])}
    found, known = set().union(*each.values()), answered(*each)
    for finding in sorted(found - known):
        sys.stdout.write(f"no answer in docs/security.md: {' | '.join(finding)}\n")
    for finding in sorted(known - found):
        sys.stdout.write(f"answered, but not found any more: {' | '.join(finding)}\n")
    sys.stdout.write(f"bandit and detect-secrets: {len(found)} findings, {len(found & known)} answered\n")
    for scanner, theirs in each.items():
        record.noted(scanner, "the code" if scanner == "bandit" else "the repository", len(theirs), len(theirs & known))
    return int(found != known)


if __name__ == "__main__":
    sys.exit(main())
