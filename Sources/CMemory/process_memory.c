#include "process_memory.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/prctl.h>
#endif

void memory_keep_private(void) {
#if defined(__linux__)
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void memory_use_few_arenas(void) {
#if defined(__GLIBC__)
    mallopt(M_ARENA_MAX, 1);
#endif
}

void memory_give_back(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
