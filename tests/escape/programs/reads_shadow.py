"""Reads the machine's password hashes: refused, even where autoreclab runs as root.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path("/etc/shadow").read_bytes()
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
