"""``python -m locales extract | update | check``: the catalogues, for whoever changes a text or a translation."""

from __future__ import annotations

import sys

from locales import tools
from locales.catalogue import entries


def say(text: str) -> None:
    """One line to whoever ran the command."""
    sys.stdout.write(f"{text}\n")


def main(arguments: list[str]) -> int:
    """Runs one command; 0 when all is well, 1 when the check found something, 2 for a wrong command."""
    if arguments == ["extract"]:
        for domain in tools.DOMAINS:
            say(f"{sum(1 for _ in entries(tools.write_template(domain)))} texts in locales/{domain}.pot")
    elif arguments == ["update"]:
        tools.update()
        say("Every catalogue has the texts of the code; translate what is empty, read what is fuzzy.")
    elif arguments == ["check"]:
        found = [*tools.source_problems(), *tools.problems()]
        say("\n".join(found) if found else "Every language that is offered is complete.")
        return 1 if found else 0
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
