"""Makes a control group, in which it would be bounded otherwise: refused.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.mkdir("/sys/fs/cgroup/autoreclab-escaped")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
