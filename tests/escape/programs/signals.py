"""Sends a signal (0, which does nothing) to another process of the user's: refused.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.kill(target["process"], 0)
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
