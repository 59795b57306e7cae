#pragma once

// The commit that was built, or "unknown": in C, because only the manifest of the package knows it.
const char *build_commit(void);
