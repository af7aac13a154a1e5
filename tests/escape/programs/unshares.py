"""Makes a user namespace, in which it would be mighty: refused.

Ends: by itself
"""

import ctypes
import json
import os
import sys

target = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
done = libc.unshare(0x10020000)  # CLONE_NEWUSER | CLONE_NEWNS
print("ESCAPED" if done >= 0 else f"contained: {os.strerror(ctypes.get_errno())}")
