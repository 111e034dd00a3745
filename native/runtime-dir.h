// Which directory holds the broker's socket, and whether this process may start apps here at all.
#ifndef TSBOX_RUNTIME_DIR_H
#define TSBOX_RUNTIME_DIR_H

#include <limits.h>
#include <stdbool.h>

#include "caller.h"

struct runtime {
  char path[PATH_MAX];
  bool fallback; // made by us for want of a real one: portals are off
  int directory; // `tsbox` in it, O_PATH, checked; -1 where it does not exist (and was not to be made)
};

// Finds it; `make` also makes what is missing. False after a message (none where `quiet`).
bool runtime_find(struct runtime *runtime, const struct caller *caller, bool make, bool quiet);

// False after a message: a sandbox is around us.
bool runtime_outside_sandbox(void);

// False after a message: under sudo with another user's home or runtime directory a plan would be that user's. `starts`: an app; else something in the home is to be changed.
bool runtime_not_borrowed(const struct caller *caller, bool starts);

#endif
