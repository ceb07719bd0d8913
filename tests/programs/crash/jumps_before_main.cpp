asm(".section .init_array,\"aw\"\n.quad 0x41414141\n.text");
int main() {}
