"""The command line: one file per group of commands, and one place where errors become sentences.

Exit status 0: done. 1: done, and the answer is no (a program failed, isolation falls short). 2: the input,
the settings or the machine would not do; one sentence on stderr says what and what to do. Heavy imports stay
inside the commands, so that `--help` answers at once.
"""

import sys

import typer

from synthsmith.cli import build, check, model, sandbox
from synthsmith.verification.errors import VerificationError

app = typer.Typer(
    help="Build, verify and judge competitive-programming data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("build")(build.build)
app.command("verify")(check.verify)
app.command("judge")(check.judge)
app.command("run")(sandbox.run)
app.command("doctor")(sandbox.doctor)
app.add_typer(model.app, name="model")


def main() -> None:
    """Run the command line; the user's mistakes end as one sentence and exit status 2."""
    try:
        app()
    except VerificationError as error:
        _stop(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _stop(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        print("synthsmith: interrupted; run the same command again to go on", file=sys.stderr)
        sys.exit(130)


def _stop(sentence: str) -> None:
    print(f"synthsmith: {sentence}", file=sys.stderr)
    sys.exit(2)
