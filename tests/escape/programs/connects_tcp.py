"""Sends a word to a server by TCP: refused, by the kernel or for want of a network.

Ends: by itself
"""

import json
import socket
import sys

target = json.loads(sys.argv[1])
try:
    socket.create_connection(target["tcp"], 2).send(b"escaped")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
