"""Opens the terminal, to type commands into it: there must be none.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
