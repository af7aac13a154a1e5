"""Changes the root folder: refused.

Ends: by itself
"""

import ctypes
import json
import os
import sys

target = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
done = libc.chroot(os.fsencode(os.getcwd()))
print("ESCAPED" if done >= 0 else f"contained: {os.strerror(ctypes.get_errno())}")
