"""Changes a setting of the kernel to the value that it has: refused, even where autoreclab runs as root.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    setting = pathlib.Path("/proc/sys/kernel/core_pattern")
    setting.write_text(setting.read_text())
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
