#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's loop; its own main cannot be used, because the package manager gives each program one.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

// Without the first `own` arguments, which are not libFuzzer's.
static inline int run_fuzzer(int argc, char **argv, int own, int (*callback)(const uint8_t *data, size_t size)) {
    argv[own] = argv[0];
    argv += own;
    argc -= own;
    return LLVMFuzzerRunDriver(&argc, &argv, callback);
}
