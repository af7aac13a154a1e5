"""Opens a device that runs virtual machines or holds the disk: refused.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    for name in ("/dev/kvm", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/mem"):
        if os.path.exists(name):
            os.open(name, os.O_RDWR)
            break
    else:
        raise OSError("there is none")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
