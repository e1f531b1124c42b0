"""Runs the scanners of code over the repository and compares what they find with what docs/security.md answers.

A finding is named by its scanner, its kind and its file. One that the table "Findings" of that page does not have is
printed, and so is an answer to a finding that is there no more; either makes the exit code 1.

    python tools/audit/answers.py BANDIT DETECT_SECRETS
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

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


def answered() -> set[Finding]:
    """The rows of the table “Findings”."""
    rows = re.findall(r"^\| (bandit|detect-secrets) \| ([^|]+) \| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {(scanner, kind.strip(), file) for scanner, kind, file in rows}


def main() -> int:
    """Compares; says what has no answer."""
    found, known = bandit(sys.argv[1]) | secrets(sys.argv[2]), answered()
    for finding in sorted(found - known):
        sys.stdout.write(f"no answer in docs/security.md: {' | '.join(finding)}\n")
    for finding in sorted(known - found):
        sys.stdout.write(f"answered, but not found any more: {' | '.join(finding)}\n")
    sys.stdout.write(f"bandit and detect-secrets: {len(found)} findings, {len(found & known)} answered\n")
    return int(found != known)


if __name__ == "__main__":
    sys.exit(main())
