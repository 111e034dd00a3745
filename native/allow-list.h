// A system-call filter for tsbox's own small processes: what is not listed ends the process.
#ifndef TSBOX_ALLOW_LIST_H
#define TSBOX_ALLOW_LIST_H

#include <stddef.h>
#include <stdint.h>

#define ANY_ARGUMENT UINT32_MAX

struct allowed_call {
  int number;
  uint32_t first_argument; // low 32 bits of the first argument, or ANY_ARGUMENT
};

// Installs the filter for good (no_new_privs must be set). At most 60 calls. 0, or -1 and errno.
int allow_only(const struct allowed_call *calls, size_t count);

#endif
