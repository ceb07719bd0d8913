"""`python make_exports.py BUILD FOLDER`: an export for each word of `--to`, for the conformance tests.

Run by the project's own environment: the trainers' has other versions of what exporting needs.
"""

import sys
from pathlib import Path

from synthsmith.builders.export import TARGETS, export
from synthsmith.builders.export.llama_factory import INFO, dataset_info
from synthsmith.builders.export.source import source_at

HUB_ID = "org/pairs"  # what the stand-in of the Hub calls its data set


def main(build: str, folder: Path) -> None:
    source = source_at(build, None)
    for name, target in TARGETS.items():
        done = export(source, target, folder / name)
        print(f"{name}: {done.rows} rows")
    published = folder / "published"
    published.mkdir(exist_ok=True)
    (published / INFO).write_text(dataset_info(["sft_verified", "rl"], HUB_ID))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
