"""Mounts a file system over its folder, for which it would need a namespace of its own: refused.

Ends: by itself
"""

import ctypes
import json
import os
import sys

target = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
done = libc.mount(b"none", os.fsencode(os.getcwd()), b"tmpfs", 0, None)
print("ESCAPED" if done >= 0 else f"contained: {os.strerror(ctypes.get_errno())}")
