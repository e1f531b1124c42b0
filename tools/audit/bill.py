"""Whether the bill of materials names every package of the lock, with its version: ``python tools/audit/bill.py``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from record import noted

ROOT = Path(__file__).parent.parent.parent
BILL, LOCK = ROOT / "build/sbom.json", ROOT / "requirements.lock"


def missing(bill: dict[str, list[dict[str, str]]], lock: str) -> set[tuple[str, str]]:
    """(name, version) of what the lock pins and the bill has not."""
    named = {(_plain(one["name"]), one.get("version", "")) for one in bill["components"]}
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE)
    return {(_plain(name), version) for name, version in pinned} - named


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """What is missing, if anything."""
    bill = json.loads(BILL.read_text("utf-8"))
    left = sorted(missing(bill, LOCK.read_text("utf-8")))
    sys.stdout.writelines(f"build/sbom.json lacks {name} {version} of requirements.lock\n" for name, version in left)
    noted("cyclonedx-bom", f"{len(bill['components'])} packages of the lock", len(left), 0)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
