#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's loop; its own main cannot be used, because the package manager gives each program one.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

static inline int run_fuzzer(int argc, char **argv, int (*callback)(const uint8_t *data, size_t size)) {
    return LLVMFuzzerRunDriver(&argc, &argv, callback);
}
