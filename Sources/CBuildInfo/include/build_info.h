#pragma once

// The commit of this build, or "unknown". Defined in C, because only the package manifest can pass it.
const char *build_commit(void);
