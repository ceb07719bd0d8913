// What the compiler rejects never starts.
int main() { return "42"; }
