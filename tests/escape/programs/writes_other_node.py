"""Writes results into the folder of a node that runs beside it: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path(target["home"], "scratch", "0002", "results.csv").write_text("forged")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
