"""Makes a device file of the main memory and opens it: refused.

Ends: by itself
"""

import json
import os
import stat
import sys

target = json.loads(sys.argv[1])
try:
    os.mknod("memory", 0o600 | stat.S_IFCHR, os.makedev(1, 1))
    os.open("memory", os.O_RDONLY)
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
