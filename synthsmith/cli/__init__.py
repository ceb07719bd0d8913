"""The command line: one file per group of commands, and one place where errors become sentences.

Exit status 0: done. 1: done, and the answer is no (a program failed, isolation falls short). 2: the command,
the input, the settings or the machine would not do; one sentence on stderr says what and what to do. Heavy
imports stay inside the commands, so that `--help` answers at once.
"""

import errno
import io
import sys
from typing import Annotated, Any, NoReturn

import typer
import typer.core

from synthsmith import __version__
from synthsmith.cli import (
    build,
    calibrate,
    check,
    decontaminate,
    evaluate,
    export,
    features,
    init,
    ledger,
    load,
    model,
    push,
    report,
    sandbox,
    serve,
    space,
    verify,
)
from synthsmith.verification.errors import VerificationError

INTERRUPTED = 130  # 128 + SIGINT
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Typer brings a click of its own in some versions and exports of its errors the leaves alone.
WrongUse: type[BaseException] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)

# What an interrupted command can be told to do, beyond what the error itself knows of results.
RUN_AGAIN = {
    "build": "a build goes on where it was when run again",
    "evaluate": "an evaluation goes on where it was when run again",
    "push": "the same command finishes what it began to publish",
}


class Interrupted(Exception):
    """Ctrl-C, with a sentence of what is left; typer makes a number of it otherwise."""


class Commands(typer.core.TyperGroup):
    """The commands, of which each says what becomes of its work where it is interrupted."""

    def invoke(self, ctx: Any) -> object:
        """What the command gives."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            again = RUN_AGAIN.get(ctx.invoked_subcommand)
            raise Interrupted(_told(f"interrupted; {again}" if again else "interrupted", error)) from None


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("init")(init.init)
app.command("build")(build.build)
app.command("verify")(verify.verify)
app.command("judge")(check.judge)
app.command("decontaminate")(decontaminate.decontaminate)
app.command("evaluate")(evaluate.evaluate)
app.command("export")(export.export)
app.command("calibrate")(calibrate.calibrate)
app.command("report")(report.report)
app.command("push")(push.push)
app.command("load")(load.load)
app.command("diff")(push.diff)
app.command("run")(sandbox.run)
app.command("serve")(serve.serve)
app.command("doctor")(sandbox.doctor)
app.add_typer(features.app, name="features")
app.add_typer(ledger.app, name="ledger")
app.add_typer(model.app, name="model")
app.add_typer(space.app, name="space")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"synthsmith {__version__}")
        raise typer.Exit


@app.callback()
def _front(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Build, verify and judge competitive-programming data."""


def main() -> None:
    """Run the command line; the user's mistakes end as one sentence and exit status 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path or a name that the terminal cannot show is no error
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = app(sys.argv[1:] or ["--help"], prog_name="synthsmith", standalone_mode=False)
        sys.stdout.flush()  # a full disk is met here, not while the interpreter ends
    except WrongUse as error:
        _stop(_usage(error))
    except VerificationError as error:
        _stop(_told(str(error), error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        advice = "; make room and run the same command again" if error.errno in FULL else ""
        _stop(_told(f"{where}{error.strerror or error}{advice}", error))
    except (Interrupted, KeyboardInterrupt) as error:
        _stop(str(error) or "interrupted", INTERRUPTED)
    sys.exit(status)


def _usage(error: BaseException) -> str:
    """What is wrong with the command and where to read more, in one sentence."""
    context = getattr(error, "ctx", None)
    said = " ".join(getattr(error, "format_message")().split())  # noqa: B009 - see WrongUse
    if context is None:
        return said
    return f"{said.rstrip('.')}; see {context.command_path} --help"


def _told(said: str, error: BaseException) -> str:
    """What is said, with what was noted of the results that there are as the error passed by."""
    notes: list[str] = getattr(error, "__notes__", [])
    return "; ".join([said.removesuffix("."), *notes]) if notes else said


def _stop(sentence: str, status: int = 2) -> NoReturn:
    print("synthsmith:", " ".join(sentence.splitlines()), file=sys.stderr)
    sys.exit(status)
