"""Where ms-swift's plugin lies: in a folder of its own, which ms-swift puts first on Python's path."""

from importlib.resources import files


def plugin() -> str:
    """The path for `--external_plugins`."""
    return str(files("synthsmith.verification.rewards.ms_swift").joinpath("synthsmith_orm.py"))
