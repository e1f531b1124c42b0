"""docs/running.md and docs/upgrading.md, command by command: set up, upgraded, gone back, in a folder instead of /.

Only ``make install`` and ``systemctl`` are not the real ones: a release is this program under another name, and
starting it asks whether its settings and organisations can be used from its folder.
"""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

from bot.cli import envfile
from tests.cli.talking import ROOT, environment

PLACES = re.compile(r"(?<![\w.>/-])/(?=(?:opt|etc|var/lib|backups|safe)\b)")
SAID = ("Riverside Carers", "", "3", "", "01632 960777", "", "", "n", "n", "Jo Brown", "jo@example.org")
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
MAKE = """#!/bin/sh
[ "$*" = "install lists" ] || exit 2
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "$0 $1" >> {log}\\nexec {python} -m bot "$@"\\n' > .venv/bin/hearback
chmod +x .venv/bin/hearback
"""
SYSTEMCTL = """#!/bin/sh
echo "systemctl $* $(readlink {top}/opt/hearback)" >> {log}
case "$*" in *start*|*--now*) ;; *) exit 0 ;; esac
set -a; . {top}/etc/hearback/hearback.env; set +a
cd {top}/opt/hearback && {python} -c 'from bot.config import load
from bot.deployment import profiles
print("serves", *profiles(load()))' >> {log}
"""


def blocks(page: str, heading: str) -> list[str]:
    """The commands under a heading, block by block."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    part = re.search(rf"^## {heading}\n(.+?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert part is not None
    return [re.sub(r"^ +", "", one, flags=re.MULTILINE) for one in re.findall(r"```\n(.+?)```", part[1], re.DOTALL)]


class Machine:
    """A machine as far as these pages touch it; ``log``: what was run, from where."""

    def __init__(self, top: Path) -> None:
        self.top, self.log = top, top / "log"
        for name in ("bin", "root", "opt", "etc/systemd/system", "var/lib", "backups", "safe"):
            (top / name).mkdir(parents=True)
        for name, text in (("make", MAKE), ("systemctl", SYSTEMCTL)):
            file = top / "bin" / name
            file.write_text(text.format(top=top, log=self.log, python=sys.executable))
            file.chmod(0o755)
        for release in ("0.1", "0.2"):
            with tarfile.open(top / "root" / f"hearback-{release}.tar.gz", "w:gz") as archive:
                archive.add(ROOT / "deploy", f"hearback-{release}/deploy")

    def run(self, *commands: str, said: tuple[str, ...] = ()) -> str:
        """Commands of a page, one after another, until one fails; what they said. A check may find something."""
        script = PLACES.sub(f"{self.top}/", "\n".join(commands))
        script = re.sub(r"(hearback check)$", r"\1 || [ $? = 1 ]", script, flags=re.MULTILINE)
        done = subprocess.run(
            ["/bin/sh", "-ec", f"PATH={self.top}/bin:$PATH\n{script}"], cwd=self.top / "root", env=environment(),
            input="".join(f"{line}\n" for line in said), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def release(self) -> str:
        return (self.top / "opt" / "hearback").readlink().name

    def people(self, sql: str = "SELECT count(*) FROM staff") -> int:
        with sqlite3.connect(self.top / "var/lib/hearback/hearback.db") as db:
            return int((db.execute(sql).fetchone() or (0,))[0])


def test_set_up_upgraded_and_gone_back_as_the_pages_say(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    etc, data = tmp_path / "etc/hearback", tmp_path / "var/lib/hearback"
    install, set_up, begin, *_ = blocks("running.md", "On one server")
    machine.run(install)
    machine.run(set_up, said=SAID)
    machine.run(begin)
    kept = envfile.read(etc / "hearback.env")
    assert kept["HEARBACK_PROFILES"] == str(etc / "profiles") and kept["HEARBACK_DATA"] == str(data)
    assert stat.S_IMODE((etc / "hearback.env").stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "opt/hearback-0.1").iterdir()) == [".venv", "deploy"]
    assert machine.log.read_text().splitlines()[-1] == "serves riverside-carers"

    checked = machine.run(*blocks("upgrading.md", "Upgrade"))
    named = [
        line for line in checked.splitlines() if line.startswith("ok") and "riverside-carers (Riverside Carers)" in line
    ]
    assert len(named) == 2, "before and after"
    assert machine.release == "hearback-0.2"
    assert machine.log.read_text().count("serves riverside-carers") == 2

    envfile.write(
        etc / "hearback.env", {"HEARBACK_TELEGRAM_TOKEN": TOKEN, "HEARBACK_TELEGRAM_URL": "http://127.0.0.1:9"}
    )
    again = machine.run(set_up.partition(" ")[2], said=("", "", "y", "", "n", "y", "n"))
    assert "Riverside Carers is there" in again and "1 may sign in already" in again
    telegram = {"HEARBACK_TELEGRAM_TOKEN": TOKEN, "HEARBACK_TELEGRAM_URL": "http://127.0.0.1:9"}
    assert envfile.read(etc / "hearback.env") == kept | telegram, "a second time finds what is there"

    unchanged, changed, look = blocks("upgrading.md", "Going back")
    machine.run(unchanged)
    assert machine.release == "hearback-0.1"
    with sqlite3.connect(data / "hearback.db") as db:
        db.execute("DELETE FROM staff_token")
        db.execute("DELETE FROM staff")
    (backup,) = (tmp_path / "backups").iterdir()
    settings = blocks("upgrading.md", "Upgrade")[0].splitlines()[0]
    machine.run(settings, changed.replace("TIME", backup.name), look)
    assert machine.people() == 1 and machine.release == "hearback-0.1"
    assert (tmp_path / "var/lib/hearback-newer/hearback.db").exists()
    assert machine.log.read_text().splitlines()[-2:] == [
        "serves riverside-carers",
        f"{tmp_path}/opt/hearback-0.2/.venv/bin/hearback cases",
    ]
