// Prints for ever.
#include <cstdio>
int main() {
    while (true) std::puts("42");
}
