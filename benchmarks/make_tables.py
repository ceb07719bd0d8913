"""The tables of outcomes that `labels.py` reads, made ahead: it can be stopped at any moment and goes on.

    python benchmarks/make_tables.py SAMPLES.jsonl.gz FOLDER/weak --least 16
    python benchmarks/make_tables.py PROBLEMS.jsonl.gz FOLDER/strong --least 5 --limit-tests 14

Of all problems with so many programs, one file each; what has a file is done, and stays as it is. Most of the
time goes to programs that never end, each for its whole limit on each test: with `--limit-tests` only so many
tests of a problem are run. `--first` makes only so many tables.
"""

import argparse
from pathlib import Path

from known_tables import make

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--least", type=int, required=True)
    parser.add_argument("--limit-tests", type=int)
    parser.add_argument("--first", type=int)
    asked = parser.parse_args()
    print(len(make(asked.rows, asked.folder, asked.least, asked.limit_tests, asked.first)), "tables")
