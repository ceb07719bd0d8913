// The compiler reads a file that has no end.
#include "/dev/zero"
int main() {}
