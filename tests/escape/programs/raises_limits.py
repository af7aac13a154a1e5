"""Lifts the bound on a file's size: refused, even where autoreclab runs as root.

Ends: by itself
"""

import json
import resource
import sys

target = json.loads(sys.argv[1])
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 40, 1 << 40))
except (OSError, ValueError) as error:
    print("contained:", error)
else:
    print("ESCAPED")
