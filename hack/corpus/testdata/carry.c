/* Has another program in its data: the file "carried". */
#include <stdio.h>

__asm__(".section .rodata\n"
	".global carried\n"
	"carried:\n"
	".incbin \"carried\"\n"
	".byte 0\n"
	".text\n");
extern const char carried[];

int main(int argc, char **argv) {
	puts(argc > 5 ? carried : "ok");
	return 0;
}
