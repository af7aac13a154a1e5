"""Changes the original data: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path(target["home"], "plays.csv").write_text("user,item\n")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
