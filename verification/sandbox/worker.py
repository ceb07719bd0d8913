"""One worker from the outside: the program that it has ready, and the exchange of a run."""

import marshal
import opcode
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec

from ..errors import InputError
from ..types import Limits, Outcome, Program, Status
from . import languages, wire
from .builds import Build, Builds, new_binary
from .files import Files, memory_files, outcome, parts
from .line import GRACE_SECONDS, START_SECONDS, BrokenWorkerError, FullGroupError, Line, RefusedError

OPCODES = wire.Opcodes(opcode.opmap["IMPORT_NAME"], opcode.opmap["EXTENDED_ARG"])
ROOM = 1.3  # times what it is allowed that a run may go on, so that a late one is told from an endless one
ASK_SECONDS = 0.2  # how often a run that lasts is asked for whether it is still wanted
BUILD_SECONDS = 2100.0  # two tools' wall limits (native.py), each with all the patience there is for it


@cache
def _installed() -> tuple[str, ...]:
    return tuple(name for name in wire.WARM_PACKAGES if find_spec(name) is not None)


def _require_room(program: Program, files: tuple[bytes, ...]) -> None:
    if files and program.signature is not None:
        raise InputError("files can be given to whole programs only, not to a function that is called.")
    if len(files) > wire.MOST_FILES:
        raise InputError(f"a run can be given at most {wire.MOST_FILES} files, not {len(files)}.")


@dataclass(slots=True)
class Terms:
    """What the workers of a pool have in common: see `Sandbox`."""

    cpp_flags: tuple[str, ...]
    speed: float
    patient: bool
    builds: Builds = field(default_factory=Builds)


class Worker:
    """A zygote and the program it has ready. Not thread-safe: one run at a time."""

    def __init__(self, walls: str, terms: Terms) -> None:
        self.layers: tuple[str, ...] = ()
        self._walls = walls
        self._terms = terms
        self.program: Program | None = None  # that it has ready
        self.may_share = False  # whether several inputs of it can be tried in one process
        self._refusal: bytes | None = None
        self._begun: deque[Files | None] = deque()  # None: the compiler refused the program
        self.spoiled = False  # it could not clean up behind a run: its answer holds, the worker does not
        self._plain = self._line = Line(walls, OPCODES)
        self._warm: Line | None = None  # to a zygote with packages, started for the first program with one

    def ready(self) -> None:
        """Wait until the walls stand; RefusedError where one cannot, BrokenWorkerError if nothing starts."""
        self.layers = self._plain.ready()

    def begin(
        self,
        program: Program,
        stdin: bytes,
        limits: Limits,
        given: tuple[bytes, ...] = (),
        *,
        patient: bool = True,
    ) -> None:
        """Let a run follow those begun already, all of which must be of the same program.

        So the zygote finds the next one waiting when it has finished one. Where nobody is `patient`, the run
        is ended as soon as it is late. BrokenWorkerError: the worker is of no more use, and the program is
        not at fault.
        """
        if given:
            _require_room(program, given)
        if program is not self.program:
            if program != self.program:
                self._prepare(program)
            self.program = program  # callers tell it by identity
        if self._refusal is not None:
            self._begun.append(None)
            return
        order = self._order(limits, patient=patient)
        self._line.bound(order, lower=not self._begun)
        files = Files(limits, stdin, given, of_function=program.signature is not None)
        self._begun.append(files)
        self._line.send(wire.pack_order(order), files.descriptors)

    def end(self, unless: Callable[[], bool] | None = None) -> Outcome:
        """How the run ended that was begun first of those not asked for yet; errors as in `begin`.

        It is ended, as if it had written too much, once `unless` says True; where it does not end by that,
        the worker is given up (BrokenWorkerError).
        """
        try:
            files = self._begun.popleft()
        except IndexError:  # another thread has closed the worker
            raise BrokenWorkerError("it was closed") from None
        if files is None:
            return Outcome(Status.COMPILE, stderr=self._refusal or b"")
        try:
            self._line.wait_at_most(files.limits.wall * self._terms.speed * wire.PATIENCE + GRACE_SECONDS)
            given_up = False
            while unless is not None and not self._line.has_answer(ASK_SECONDS):
                if given_up:
                    self._line.hang_up()  # it undoes what is to end it: the zygote goes, and takes it along
                elif unless():
                    files.give_up()
                    given_up = True
            end = self._how_it_ended()
            self.spoiled = self.spoiled or not end.clean
            return outcome(end, files)
        finally:
            files.close()

    def _how_it_ended(self) -> wire.End:
        """Of a run that took its zygote along (cgroups.py) no more is known than what all held together."""
        try:
            return wire.unpack_end(self._line.receive())
        except FullGroupError as error:
            ended = wire.Ended(wire.Stop.MEMORY, -signal.SIGKILL, 0.0, 0.0, error.peak_bytes, 1.0, 1.0)
            return wire.End(ended, out_of_memory=True, clean=False, raised=False)

    def run_together(self, inputs: Sequence[bytes], limits: Limits) -> list[Outcome | None]:
        """The outcomes of the program's inputs, all in one process; None of those that did not end well.

        Empty where that did not come to its end. All of them together kept the limits.
        See together.py for what that is worth.
        """
        order = self._order(limits, patient=False)
        assert self.program is not None
        files = Files(limits, b"", of_function=self.program.signature is not None)
        try:
            with memory_files("inputs") as (each,):
                wire.write_all(each, marshal.dumps(tuple(inputs)))
                self._line.bound(order)
                self._line.send(wire.pack_order(order, wire.MANY), (each, *files.descriptors))
                self._line.wait_at_most(order.wall_seconds * wire.PATIENCE + GRACE_SECONDS)
                answer = self._line.receive()
            end = wire.unpack_end(answer)
            self.spoiled = self.spoiled or not end.clean
            whole = outcome(end, files)
            return parts(whole, wire.unpack_marks(answer)) if whole.status is Status.OK else []
        finally:
            files.close()

    def cpu_seconds(self) -> float:
        """What its zygotes and all their runs have used so far."""
        return sum(line.cpu_seconds() for line in self._lines())

    def hang_up(self) -> None:
        """Let the zygotes end themselves and what they run; a thread that waits for an answer is told so."""
        for line in self._lines():
            line.hang_up()

    def close(self) -> None:
        """Hang up and wait until all its processes are gone. Harmless when done again."""
        self.hang_up()
        while self._begun:
            if files := self._begun.popleft():
                files.close()
        for line in self._lines():
            line.close()

    def _lines(self) -> tuple[Line, ...]:
        return (self._plain,) if self._warm is None else (self._plain, self._warm)

    def _order(self, limits: Limits, *, patient: bool) -> wire.Order:
        return wire.Order(
            limits.cpu_seconds,
            limits.wall * self._terms.speed,
            limits.memory_mb << 20,
            limits.output_bytes,
            limits.processes,
            self._terms.speed,
            ROOM if patient and self._terms.patient else 1.0,
        )

    def _prepare(self, program: Program) -> None:
        self.program = None
        self._line = self._plain
        text = languages.text_of(program)
        tools = languages.tools_of(program.language, self._terms.cpp_flags)
        if tools is None:
            self._refusal = self._hand_over(text)
        else:
            build = self._terms.builds.get(languages.source_of(program), tools, self._build)
            self._refusal = build.refusal
            if build.refusal is None:
                self._hand_over(text._replace(code=""), build.binary)

    def _hand_over(self, text: wire.Text, *binary: int) -> bytes | None:
        """Make this the program of the runs to come; the compiler's words where it refused."""
        answer = self._sent(text, *binary)
        if answer[:1] != wire.READY:
            return answer[1:]
        if answer[1:].startswith(wire.NAMES_PACKAGES) and _installed():
            self._line = self._warmed()
            answer = self._sent(text)
        self.may_share = answer[1:] == wire.MAY_SHARE
        return None

    def _sent(self, text: wire.Text, *binary: int) -> bytes:
        self._line.wait_at_most(START_SECONDS)
        self._line.bound(wire.COMPILE)
        with memory_files("program") as (source,):
            wire.write_text(source, text)
            self._line.send(wire.PROGRAM, (source, *binary))
        return self._answer_of_compiler()

    def _answer_of_compiler(self) -> bytes:
        try:
            return self._line.receive()
        except FullGroupError as error:
            self.spoiled = True
            return wire.REFUSED + f"the compiler did not finish (memory: {error})".encode()

    def _warmed(self) -> Line:
        """The line to the zygote that has the packages, started where there is none yet."""
        if self._warm is None:
            try:
                self._warm = Line(self._walls, OPCODES, _installed())
                self._warm.ready()
            except RefusedError as error:
                raise BrokenWorkerError(str(error)) from error
        return self._warm

    def _build(self, source: bytes, tools: wire.Tools) -> Build:
        """The program built inside."""
        self._line.wait_at_most(BUILD_SECONDS)
        self._line.bound(wire.BUILD_STEP)
        binary = new_binary()
        try:
            with memory_files("tools", "source", "object") as (commands, text, between):
                wire.write_tools(commands, tools)
                wire.write_all(text, source)
                self._line.send(wire.BUILD, (commands, text, between, binary))
            answer = self._answer_of_compiler()
        except BaseException:
            os.close(binary)
            raise
        refused = answer[:1] != wire.READY
        return Build(binary, answer[1:].replace(b"<stdin>", languages.CPP_FILE.encode()) if refused else None)
