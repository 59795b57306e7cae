#pragma once

/// Keeps what few threads free in few places: glibc makes an arena for each thread, and gives none of them back.
void memory_use_few_arenas(void);

/// No core dump, and no look into this memory for other processes of the user: there are tokens and keys in it. What this process
/// starts is not affected.
void memory_keep_private(void);

/// Returns to the system what is free: a list of thousands of objects leaves megabytes behind that are never asked for again.
void memory_give_back(void);
