# limits, scheduling and affinity of the process that forked this one
import os
import resource

parent = os.getppid()
for attempt in (
    lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (4, 4)),
    lambda: resource.prlimit(parent, resource.RLIMIT_AS, (1 << 20, 1 << 20)),
    lambda: os.setpriority(os.PRIO_PROCESS, parent, 19),
    lambda: os.setpriority(os.PRIO_USER, 0, 19),
    lambda: os.sched_setaffinity(parent, {0}),
    lambda: os.sched_setscheduler(parent, os.SCHED_IDLE, os.sched_param(0)),
):
    try:
        attempt()
        print("changed")
    except OSError:
        pass
print(42)
