// Threads compute, a static object's destructor prints.
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>
static std::atomic<long> sum{0};
struct Last {
    ~Last() { std::printf("%ld\n", sum.load()); }
} last;
int main() {
    long n;
    if (std::scanf("%ld", &n) != 1) return 1;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; i++) threads.emplace_back([n] { sum += n / 3; });
    for (auto& thread : threads) thread.join();
}
