"""Reads what a node beside it found: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    print(pathlib.Path(target["home"], "scratch", "0002", "results.csv").read_text())
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
