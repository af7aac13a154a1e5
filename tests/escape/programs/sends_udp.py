"""Sends a word to a server by UDP, which Landlock doesn't know: it must not arrive, whether it can be sent or not.

Ends: by itself
"""

import json
import socket
import sys

target = json.loads(sys.argv[1])
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"escaped", tuple(target["udp"]))
except OSError as error:
    print("contained:", error)
else:
    print("contained: nobody may hear it")
