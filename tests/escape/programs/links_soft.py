"""Reads through a symbolic link out of its folder: the link must lead nowhere.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.symlink(target["home"] + "/.ssh/id_ed25519", "mine")
    print(open("mine").read())
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
