"""Empties the task without opening it: refused.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.truncate(target["home"] + "/task.md", 0)
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
