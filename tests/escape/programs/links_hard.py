"""Makes a hard link to a file outside and reads that: the link must not come about.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.link(target["home"] + "/.ssh/id_ed25519", "mine")
    print(open("mine").read())
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
