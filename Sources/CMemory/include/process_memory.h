#pragma once

/// Limits glibc to one arena: by default it creates several for threads, and their free memory is not returned to the
/// system.
void memory_use_few_arenas(void);

/// Disables core dumps and access to this memory by the user's other processes, because it contains tokens and keys.
/// Child processes are not affected.
void memory_keep_private(void);

/// Returns free memory to the system: a list of thousands of objects leaves megabytes that are not needed again.
void memory_give_back(void);
