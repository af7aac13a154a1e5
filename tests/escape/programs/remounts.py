"""Makes the machine's libraries writable again: refused.

Ends: by itself
"""

import ctypes
import json
import os
import sys

target = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
done = libc.mount(None, b"/usr", None, 0x1020, None)  # MS_BIND | MS_REMOUNT
print("ESCAPED" if done >= 0 else f"contained: {os.strerror(ctypes.get_errno())}")
