asm(".rept 1000000000\nnop\n.endr");
int main() {}
