// Recursion that never returns meets the end of the stack before the memory limit.
#include <cstdio>
struct Frame { char room[4000]; };
static long descend(Frame above) {
    Frame mine = above;
    mine.room[mine.room[0] & 7]++;
    return descend(mine) + mine.room[5];
}
int main() { std::printf("%ld\n", descend(Frame())); }
