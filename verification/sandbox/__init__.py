"""Runs programs that nobody has read, thousands a second, and says how each ended.

Theory of operation
-------------------
Four kinds of process take part. From the outside in:

    user      the process that made the `Sandbox` (pool.py, workers.py, worker.py, line.py). Has its own
              privileges, runs nothing foreign, and reads of a program only bytes: an exit code and files.
    launcher  one per worker (boot.py, launcher.py), started by exec, never forked from the user's process.
              Makes the namespaces, forks the zygote into them, waits. Ends the zygote when the user is gone.
    zygote    one per worker (zygote.py): a warm interpreter, pid 1 of a pid namespace of its own, behind
              all walls that a fork inherits (walls.py). Holds no handler, so nothing inside can signal it;
              is not dumpable; as root it has another uid than the runs. Runs nothing foreign.
    run       one per run (child.py), forked from the zygote as an ordinary process, so that signals and
              STOP mean what they mean elsewhere. Sets its limits, gives up its uid, becomes `__main__`.

Between user and zygote there is one socket of sequenced packets (wire.py). For every run the user's side
makes fresh memory files for standard input, output and errors (and for a function's result), and passes
them with a packet of limits; the zygote forks, watches the child's CPU clock, memory and files (runs.py),
and when the first process has ended kills and reaps whatever is left in the namespace (reaper.py), adding
up the CPU of all. Then it empties the scratch folder (scratch.py) and answers with a packet of numbers.
Programs never hold the socket. Programs are compiled once per worker, in a child of their own. A run may
be given more files, to read: sealed memory files again, which it opens as /proc/self/fd/3 and so on. Programs
that name numpy, where it is installed, run in a second zygote of their worker, which has imported it and is
started for the first of them.

Many runs go through a feed (feed.py), from which workers take turns (turn.py): they take jobs of the program
that they have ready, with one more waiting at the zygote while runs are quick. While a run lasts, the pace
of its core is taken: where that is slower than what limits are meant for, the limit of CPU is longer
(pace.py). A run that ended by itself but late, before 1.3 times that, is made again while no other run of
the pool goes on; a program that was too slow three times is given no such room any more. Where a caller
allows it (`may_share`), small inputs of a tame program are tried several in one process (together.py says
what that is worth).

Where the caller may make control groups (cgroup v2), a zygote and its runs are in one of their own
(cgroups.py): the kernel bounds what they hold together, and CPU time that a run hides is counted (meter.py).

What a run costs is nearly all page faults and the copying of page tables. So the zygote is kept small, its
libraries' memory maps are joined and the holes between its objects are filled (memory.py). What every run
would do for the first time is done in it beforehand (rehearsal.py), and the calls that a run begins with are
made ready there, down to their arguments (walls.py, server.py).

Programs in C++ are built once per pool (languages.py, builds.py): g++ and the linker run behind the same
walls with limits of their own (native.py), from memory file to memory file. The binary is sealed, shared by
the workers and kept while it is among the last used; a run's child becomes it. Limits, streams and accounting
are those of every run. A function in C++ is built together with what calls it (calls.hpp), which takes
the types of its values from the function itself.

Three ways of being (walls.py), the best that the machine allows is taken: `root` and `user` with
namespaces and a private root of read-only binds, `bare` without (a default container). `missing()` in
pool.py is the minimum below which `Sandbox` refuses to work: a system-call filter, files closed, and
signals that cannot reach the caller.

What is covered: network, files, other processes, privileges, CPU time of all processes, memory, output,
processes, what a run leaves behind, the caller's environment, the order of sets and the state of `random`
(the same program and input give the same bytes on every worker). The hostile programs in tests/programs
and the attacks in doctor.py say so in code. A program ends as under CPython: threads joined, exit
handlers, flushes, `__del__`; its exit code is CPython's.

What is not: a hole in the kernel is a hole in the walls (there is no virtual machine around them). Without
control groups the memory of several processes is looked at every 20 ms, not bounded at every page; CPU time
that a run hides by ignoring its dead children is bounded by the wall limit alone. In `bare`, names and sizes
of files outside can be seen (not their contents), there is no folder to write to, and several runs of one
user share its limit of processes. Time, `os.urandom` and addresses under a kernel that refuses `personality`
are not made repeatable. Packages installed beside this one can be imported by programs. A program in C++ is
never said to use less memory than the interpreter it was forked from (some 10 MB), and one that is refused
memory (beyond the limit by 1 GiB of addresses) ends as it wishes: mostly by a crash, as the kernel keeps no
note of what it refused, and what a program prints of it proves nothing. Its stack ends just below the memory
limit; where root has no uid to spare for the runs, at the kernel's 8 MiB. Processes can share memory only by
files: without a name, what is given back would live on in no resident set (seccomp.py).
"""

from .doctor import Finding, doctor
from .feed import SKIPPED, Job
from .languages import cannot_run
from .pool import Sandbox

__all__ = ["SKIPPED", "Finding", "Job", "Sandbox", "cannot_run", "doctor"]
