// libFuzzer's driver, for programs that bring their own main. It comes with the compiler (-sanitize=fuzzer).
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
