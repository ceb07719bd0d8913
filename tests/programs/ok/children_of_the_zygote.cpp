// Its children are not its own but brothers, and go on when it has ended.
#include <csignal>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    for (int child = 0; child < 4; ++child)
        if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
            while (true) {}
    return write(1, "42\n", 3) != 3;
}
