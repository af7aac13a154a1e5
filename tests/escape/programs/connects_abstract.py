"""Connects to a socket with an abstract name, which no file rule covers: refused.

Ends: by itself
"""

import json
import socket
import sys

target = json.loads(sys.argv[1])
try:
    socket.socket(socket.AF_UNIX).connect("\0" + target["abstract"])
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
