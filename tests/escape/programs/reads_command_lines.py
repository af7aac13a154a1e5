"""Looks for a password on the command line of every process that it sees: it must find none.

Ends: by itself
"""

import glob

for name in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        print(open(name, "rb").read())
    except OSError as error:
        print("contained:", error)
print("contained: nothing else to see")
