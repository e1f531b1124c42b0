"""wapiti over the pages below an address; what it finds is answered in docs/security.md, as of the other scanners."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tools.audit.answers import Finding

#: What wapiti tries; none of these asks anybody outside.
MODULES = "xss,permanentxss,sql,exec,file,redirect,crlf,csrf,cookieflags,http_headers,csp,methods"


def wapiti(command: str, url: str, seconds: int, cookie: str = "") -> tuple[set[Finding], set[str]]:
    """What it finds below an address: (“wapiti”, what it says, the path); and the paths of all pages that it got."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        given = [command, "-u", url, "--scope", "folder", "-f", "json", "-o", str(out), "-m", MODULES]
        given += [
            "--max-scan-time",
            str(seconds),
            "--max-attack-time",
            str(max(10, seconds // 4)),
            "--flush-session",
            "-dr",
            "2",
        ]
        given += ["--no-bugreport", "--store-session", folder, "--store-config", folder, "-x", f"{url}sign-out"]
        given += ["-H", f"Cookie: {cookie}"] if cookie else []
        subprocess.run(given, check=True, stdout=subprocess.DEVNULL, timeout=seconds * 4 + 600)
        report = json.loads(out.read_text("utf-8"))
    found, crawled = report["vulnerabilities"], report["infos"].get("crawled_pages", [])
    pages = {urlsplit(one["request"]["url"]).path for one in crawled if one["response"]["status_code"] == 200}
    said = ((f"{kind}: {one['info']}", one["path"]) for kind, every in found.items() for one in every)
    return {("wapiti", " ".join(what.replace("|", "/").split()), path) for what, path in said}, pages
