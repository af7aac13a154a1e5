"""Adds a hook to the workspace's repository: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path(target["home"], "workspace", ".git", "config").open("a").write("[core]\n\thooksPath = /tmp\n")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
