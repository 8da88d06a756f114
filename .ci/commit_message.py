"""The commit-msg hook: `commit_message.py FILE` refuses a subject above 72 characters, and a second line that has text.

What git writes itself (merges, reverts) and what a rebase will take away again (fixup!) goes through as it is.
"""

import re
import sys
from pathlib import Path

MOST_CHARACTERS = 72

BY_GIT = re.compile(
    r'Merge (?:branch|branches|commit|commits|pull request|remote-tracking branch|tag) |(?:Revert|Reapply) "|'
    r"(?:amend|fixup|squash)! "
)
CUT = re.compile(r"^# -+ >8 -+$.*", re.MULTILINE | re.DOTALL)
"""What `git commit --verbose` shows below the message."""


def fault(message: str) -> str:
    """What is wrong with the message, in a line; empty where nothing is, or nothing is left of it."""
    lines = [line.rstrip() for line in CUT.sub("", message).splitlines() if not line.startswith("#")]
    subject, *rest = "\n".join(lines).strip("\n").split("\n")
    if BY_GIT.match(subject):
        return ""
    if len(subject) > MOST_CHARACTERS:
        return f"the subject has {len(subject)} characters, {MOST_CHARACTERS} are allowed; say why in the body"
    if rest and rest[0]:
        return "the second line must be empty: it parts the subject from the body"
    return ""


if __name__ == "__main__":
    sys.exit(fault(Path(sys.argv[1]).read_text("utf-8", errors="replace")) or None)
