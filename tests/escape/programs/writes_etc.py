"""Makes a file in /etc: refused.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path("/etc/autoreclab-escaped").write_text("here")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
