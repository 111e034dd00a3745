// Takes stock of what the caller handed over.
#include "caller.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_value(const void *left, const void *right) {
  return *(const int *)left - *(const int *)right;
}

static int read_descriptors(struct caller *caller) {
  DIR *directory = opendir("/proc/self/fd");
  // Without /proc nothing of a sandbox can be built either; the failure is named there.
  if (directory == NULL) return 0;
  size_t capacity = 0;
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    const int descriptor = atoi(entry->d_name);
    if (descriptor <= 2 || descriptor == dirfd(directory)) continue;
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0) continue;
    if (caller->descriptor_count == capacity) {
      capacity = capacity == 0 ? 16 : capacity * 2;
      int *more = realloc(caller->descriptors, capacity * sizeof *more);
      if (more == NULL) {
        closedir(directory);
        return -ENOMEM;
      }
      caller->descriptors = more;
    }
    caller->descriptors[caller->descriptor_count++] = descriptor;
  }
  closedir(directory);
  if (caller->descriptor_count > 1) qsort(caller->descriptors, caller->descriptor_count, sizeof(int), by_value);
  return 0;
}

int caller_read(struct caller *caller, int argc, char **argv, char **environment) {
  memset(caller, 0, sizeof *caller);
  caller->argc = argc;
  caller->argv = argv;
  caller->environment = environment;
  caller->uid = geteuid();
  caller->gid = getegid();
  caller->umask = umask(0);
  if (umask(caller->umask) != 0) return -EINVAL;
  if (sigprocmask(SIG_SETMASK, NULL, &caller->mask) != 0) return -errno;
  if (getrlimit(RLIMIT_NOFILE, &caller->files) != 0) return -errno;
  caller->stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
  // glibc gives NULL where the directory is gone or lies outside our root.
  caller->cwd = getcwd(NULL, 0);
  if (caller->cwd == NULL) caller->cwd = strdup("/");
  if (caller->cwd == NULL) return -ENOMEM;
  return read_descriptors(caller);
}

const char *caller_variable(const struct caller *caller, const char *name) {
  const size_t length = strlen(name);
  for (char **entry = caller->environment; *entry != NULL; entry++)
    if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
  return NULL;
}

bool caller_has_descriptor(const struct caller *caller, int descriptor) {
  for (size_t i = 0; i < caller->descriptor_count; i++)
    if (caller->descriptors[i] == descriptor) return true;
  return false;
}
