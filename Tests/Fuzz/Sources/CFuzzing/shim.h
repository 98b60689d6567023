#include <malloc.h>
#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library; `-sanitize=fuzzer` links it.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*input)(const uint8_t *bytes, size_t count));
