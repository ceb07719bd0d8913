// The answer was given, the end was none.
#include <iostream>
#include <stdexcept>
int main() {
    std::cout << 42 << std::endl;
    throw std::runtime_error("not caught");
}
