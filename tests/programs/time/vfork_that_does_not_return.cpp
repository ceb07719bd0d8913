// The first process sleeps in the kernel, where it uses no time, until its child is another program.
#include <unistd.h>
int main() {
    if (vfork() == 0)
        while (true) {}
}
