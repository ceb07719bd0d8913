// Compiles, but cannot be linked.
int answer();
int main() { return answer(); }
