// Children that nobody waits for use the first process's core, so that it is always ready and seldom runs.
#include <csignal>
#include <sched.h>
#include <unistd.h>
int main() {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(sched_getcpu(), &first);
    sched_setaffinity(0, sizeof first, &first);
    std::signal(SIGCHLD, SIG_IGN);
    for (int maker = 0; maker < 6; ++maker) {
        if (fork()) continue;
        while (true) {
            if (fork() == 0) {
                for (volatile long turn = 0; turn < 4000000; ++turn) {}
                _exit(0);
            }
            usleep(9000);
        }
    }
    nice(19);
    while (true) usleep(1);
}
