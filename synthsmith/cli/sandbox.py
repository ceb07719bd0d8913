"""`synthsmith run` and `synthsmith doctor`: one program in the sandbox, and whether the sandbox holds."""

import base64
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.options import CPP_FLAGS, CppFlags, Unsafe

if TYPE_CHECKING:
    from synthsmith.verification.types import Language, Limits, Outcome


def run(
    program: Annotated[Path, typer.Argument(help="The program's source (.py, .cpp).")],
    stdin: Annotated[
        Path | None, typer.Option(help="What it reads on standard input; nothing if not given.")
    ] = None,
    cpu_seconds: Annotated[float, typer.Option(help="CPU time limit in seconds.", min=0.01)] = 2.0,
    wall_seconds: Annotated[
        float | None, typer.Option(help="Wall time limit; 3 x CPU + 2 if not given.")
    ] = None,
    memory_mb: Annotated[int, typer.Option(help="Memory limit in MiB.", min=16)] = 512,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")] = False,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Run one program in the sandbox and show how it ended."""
    from synthsmith.verification.sandbox import Sandbox
    from synthsmith.verification.types import Program

    what = Program(read(program).decode("utf-8", "surrogateescape"), _language(program))
    data = read(stdin) if stdin else b""
    limits = limits_of(cpu_seconds, wall_seconds, memory_mb)
    with Sandbox(1, unsafe=unsafe, cpp_flags=flags_of(cpp_flags)) as box:
        outcome = box.run(what, data, limits)
    if as_json:
        print(json.dumps(_as_json(outcome)))  # ASCII: whatever the terminal's encoding
        return
    sys.stdout.buffer.write(outcome.stdout)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(outcome.stderr)
    used = outcome.usage
    print(f"{outcome.status}: {used.cpu_seconds:.3f} s CPU, {used.memory_mb:.0f} MiB", file=sys.stderr)
    raise typer.Exit(0 if outcome.status == "ok" else 1)


def doctor() -> None:
    """Say which walls of the sandbox hold on this machine, each proved by an attack."""
    from synthsmith.verification.sandbox import doctor as examine

    findings = examine()
    for finding in findings:
        mark = "holds" if finding.holds else ("FAILS" if finding.required else "absent")
        print(f"{mark:<7} {finding.name}: {finding.detail}")
    if all(finding.holds or not finding.required for finding in findings):
        print("Programs can be run safely on this machine.")
        return
    print("Isolation falls short on this machine: verification refuses to run here unless given --unsafe.")
    raise typer.Exit(1)


def read(path: Path) -> bytes:
    """Return the file's bytes; InputError with one sentence if it cannot be read."""
    from synthsmith.verification.errors import InputError

    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def flags_of(text: str) -> tuple[str, ...]:
    """Return the flags of --cpp-flags; InputError where the quoting is wrong."""
    from synthsmith.verification.errors import InputError

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(f"--cpp-flags {text!r} cannot be split: {error}") from error


def limits_of(cpu_seconds: float, wall_seconds: float | None, memory_mb: int) -> "Limits":
    """Return the limits of the options; InputError with one sentence that names the one that cannot be."""
    from synthsmith.verification.errors import InputError
    from synthsmith.verification.types import Limits

    try:
        return Limits(cpu_seconds=cpu_seconds, wall_seconds=wall_seconds, memory_mb=memory_mb)
    except ValueError as error:
        option, _, complaint = str(error).partition(" ")
        raise InputError(f"--{option.replace('_', '-')} {complaint}") from error


def _language(path: Path) -> "Language":
    from synthsmith.verification.errors import InputError
    from synthsmith.verification.types import Language

    by_suffix = {".py": Language.PYTHON, ".cpp": Language.CPP, ".cc": Language.CPP, ".cxx": Language.CPP}
    if path.suffix not in by_suffix:
        raise InputError(
            f"{path}: the language is told by the suffix, and {path.suffix!r} is not .py or .cpp"
        )
    return by_suffix[path.suffix]


def _as_json(outcome: "Outcome") -> dict[str, object]:
    """Return the outcome for printing; bytes that are not UTF-8 come whole, in base64, beside the text."""
    shown: dict[str, object] = {"status": outcome.status}
    for name, data in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        shown[name] = data.decode("utf-8", "replace")
        if data.decode("utf-8", "ignore").encode() != data:
            shown[f"{name}_base64"] = base64.b64encode(data).decode()
    shown |= {"exit_code": outcome.exit_code, "signal": outcome.signal}
    used = outcome.usage
    return shown | {
        "cpu_seconds": round(used.cpu_seconds, 6),
        "wall_seconds": round(used.wall_seconds, 6),
        "memory_mb": round(used.memory_mb, 3),
    }
