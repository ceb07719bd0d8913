// More at once than there are addresses for; none of it is ever touched, and the kernel keeps no note of that.
#include <vector>
int main() {
    std::vector<long long> held(1ll << 40);
    return held[5];
}
