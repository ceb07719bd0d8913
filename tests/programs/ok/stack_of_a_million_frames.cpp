// An honest depth: contests give the stack what they give the heap.
#include <iostream>
static int depth(int left) {
    volatile int here = left;
    if (left == 0) return 0;
    return depth(left - 1) + (here > 0);
}
int main() {
    int n;
    std::cin >> n;
    std::cout << depth(1000000) / 1000000 * 2 * n << "\n";
}
