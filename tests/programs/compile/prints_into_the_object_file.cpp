// What the assembler prints is at the head of what it makes, and a script for the linker.
asm(".print \"OUTPUT(/tmp/made)\"");
int main() {}
