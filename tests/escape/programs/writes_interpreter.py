"""Adds a module to the interpreter that autoreclab itself runs in: refused.

Ends: by itself
"""

import json
import os
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    pathlib.Path(os.__file__).with_name("autoreclab_escaped.py").write_text("")
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
