"""Prints without end; 1 GB, should nobody stop it.

Ends: output
"""

line = "x" * 99_999
for _ in range(10_000):
    print(line)
