"""Opens the file by which root restarts or halts the machine: refused, even where autoreclab runs as root.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.open("/proc/sysrq-trigger", os.O_WRONLY)
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
