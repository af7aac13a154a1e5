"""Changes the task: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path(target["home"], "task.md").write_text("# All is well\n")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
