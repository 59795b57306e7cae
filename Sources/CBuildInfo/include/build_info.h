#pragma once

// The commit that was built, or "unknown": a C constant, because only the manifest of the package knows it.
extern const char build_commit[];
