"""Where ms-swift's plugin lies."""

from importlib.resources import files


def plugin() -> str:
    """The path for `--external_plugins`."""
    return str(files("synthsmith.verification.rewards").joinpath("ms_swift_orm.py"))
