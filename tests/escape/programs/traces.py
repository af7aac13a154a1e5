"""Attaches itself as a debugger to another process of the user's: refused.

Ends: by itself
"""

import ctypes
import json
import os
import sys

target = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
done = libc.ptrace(0x4206, target["process"], None, None)  # PTRACE_SEIZE
print("ESCAPED" if done >= 0 else f"contained: {os.strerror(ctypes.get_errno())}")
