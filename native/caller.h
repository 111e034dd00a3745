// What the caller gave this process and the app must get back: arguments, environment, descriptors, mask, limits.
#ifndef TSBOX_CALLER_H
#define TSBOX_CALLER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

struct caller {
  int argc; // without the program's name
  char **argv;
  char **environment;
  uid_t uid;
  gid_t gid;
  mode_t umask;
  sigset_t mask;
  struct rlimit files;
  int *descriptors; // open above 2 and not close-on-exec, ascending
  size_t descriptor_count;
  bool stdout_is_terminal;
  char *cwd;
};

// Reads it all; changes nothing. Must come before this process opens descriptors of its own. 0 or -errno.
int caller_read(struct caller *caller, int argc, char **argv, char **environment);

// Value of a variable of the caller, or NULL.
const char *caller_variable(const struct caller *caller, const char *name);

bool caller_has_descriptor(const struct caller *caller, int descriptor);

#endif
