"""`python -m autoreclab` is the same as `autoreclab`."""

from autoreclab.cli import main

main()
