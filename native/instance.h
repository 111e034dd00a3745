// The files by which portals and `flatpak ps` know a running instance: `.ref` (locked), `pid`, `bwrapinfo.json`.
#ifndef TSBOX_INSTANCE_H
#define TSBOX_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

#include "fail.h"
#include "plan.h"

struct instance {
  int directory; // -1: the plan names none
  int reference; // open file description with a read lock; inherited by init and connector
};

#define INSTANCE_TEXT_BYTES 512

// The JSON text of a sandbox: the pid of its first process and the namespaces that are its own. Its length.
size_t instance_describe(char text[INSTANCE_TEXT_BYTES], pid_t child, const struct plan *plan, bool one_line);

bool instance_open(struct instance *instance, const char *directory, struct failure *failure);
bool instance_write(const struct instance *instance, pid_t child, const struct plan *plan, struct failure *failure);

// Closes the front's own descriptors.
void instance_close(struct instance *instance);

#endif
