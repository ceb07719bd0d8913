"""`python -m synthsmith`, the same as the `synthsmith` command."""

from synthsmith.cli import main

main()
