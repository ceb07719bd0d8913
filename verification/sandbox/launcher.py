"""The outermost process of a worker: makes the namespaces, starts the zygote in them, and waits.

It ends the zygote, and with pid 1 the whole pid namespace, when the user's process is gone, however that
ended. Its own death ends the zygote too (PR_SET_PDEATHSIG; it has one thread, so the signal is not that of a
thread).
"""

import _socket
import contextlib
import os
import select

from . import kernel, memory, reaper, walls, wire, zygote

WORST_FIRST = "900"  # when memory runs out, the kernel shall take ours before the user's


def main(argument: str) -> None:
    setting = wire.unpack_setting(argument)
    # The user's number for it may be one of those that the zygote keeps for something else (server.py).
    connection = _socket.socket(fileno=os.dup(setting.descriptor))
    os.close(setting.descriptor)
    try:
        setting = _join_group(setting)
    except OSError as error:
        connection.send(wire.REFUSED + f"control group: {error}".encode())
        return
    user = os.pidfd_open(setting.user_pid)
    if os.getppid() != setting.user_pid:
        return
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(WORST_FIRST)
    try:
        if setting.walls == "bare":
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        else:
            walls.enter_namespaces(setting.walls, grouped=setting.meter >= 0)
    except OSError as error:
        connection.send(wire.REFUSED + str(error).encode())
        return
    uid = walls.uid_of_runs(os.getpid())
    memory.join_maps()  # the kernel joins no maps that a fork has inherited apart
    child = os.fork()
    if child == 0:
        os.close(user)
        zygote.main(setting, connection, uid)
    connection.close()
    _guard(child, user)


def _join_group(setting: wire.Setting) -> wire.Setting:
    """Enter the control group, where there is one, before anything is begun: all that is will be in it."""
    if setting.meter < 0:
        return setting
    os.write(setting.entrance, b"0")
    meter = os.dup(setting.meter)
    os.close(setting.entrance)
    os.close(setting.meter)
    return setting._replace(meter=meter)


def _guard(child: int, user: int) -> None:
    """Return when the zygote has ended, by itself or because the user's process has."""
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(user, select.POLLIN)
    poll.poll()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, kernel.SIGKILL)  # not reaped yet, so the pid is still its own
    reaper.Reaper(own_processes=False).end_all(0.0, 0)
