"""Looks for an API key in the environment of every process that it sees: it must find none.

Ends: by itself
"""

import glob
import os

print({name for name in os.environ if "KEY" in name or "TOKEN" in name})
for name in glob.glob("/proc/[0-9]*/environ"):
    try:
        print(open(name, "rb").read())
    except OSError as error:
        print("contained:", error)
print("contained: nothing else to see")
