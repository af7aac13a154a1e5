"""Adds a file to autoreclab, which computes the results: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path(target["package"], "escaped.py").write_text("")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
