"""Moves another node's result into its own folder: refused.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.rename(target["home"] + "/scratch/0002/results.csv", "results.csv")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
