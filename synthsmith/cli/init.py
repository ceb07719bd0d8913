"""`synthsmith init`: a file with every setting, its default and what it means, to be changed."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer


def init(
    path: Annotated[Path, typer.Argument(help="The file to be made.")] = Path("build.yaml"),
) -> None:
    """Write a commented file of settings for `synthsmith build`; nothing is overwritten."""
    from synthsmith.builders.attempts import write_whole
    from synthsmith.verification.errors import InputError

    text = files("synthsmith").joinpath("build.yaml").read_text(encoding="utf-8")
    if path.exists():
        raise InputError(f"{path} is there already; give another name, or remove it.")
    write_whole(path, text.replace("THIS-FILE", str(path)))
    print(f"{path} is written. Say in it which models answer where, then:")
    print(f"synthsmith build {path} --out build/mine")
