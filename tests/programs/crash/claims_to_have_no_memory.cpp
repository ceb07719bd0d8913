// What a program prints is no evidence: it ends as if memory had been refused to it.
#include <cstdio>
#include <cstdlib>
int main() {
    std::fputs("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n", stderr);
    std::abort();
}
