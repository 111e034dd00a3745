// Writes what others read about an instance. Names and contents are Flatpak's.
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed(struct failure *failure, const char *detail) {
  failure_set(failure, "instance", -1, errno, detail);
  return false;
}

bool instance_open(struct instance *instance, const char *directory, struct failure *failure) {
  *instance = (struct instance){.directory = -1, .reference = -1};
  if (directory == NULL) return true;
  instance->directory = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (instance->directory < 0) return failed(failure, directory);
  instance->reference = openat(instance->directory, ".ref", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  // Of the open file description, not of the process: it lives as long as init or the connector holds it.
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  if (instance->reference < 0 || fcntl(instance->reference, F_OFD_SETLK, &lock) != 0) return failed(failure, ".ref");
  return true;
}

static bool write_text(const struct instance *instance, const char *name, const char *text, struct failure *failure) {
  const size_t length = strlen(text);
  const int file = openat(instance->directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file < 0 || write(file, text, length) != (ssize_t)length) return failed(failure, name);
  close(file);
  return true;
}

bool instance_write(const struct instance *instance, pid_t child, const struct plan *plan, struct failure *failure) {
  static const char *const NAMES[] = {"cgroup", "ipc", "mnt", "net", "pid", "uts"};
  char text[512];
  char path[64];
  if (instance->directory < 0) return true;
  size_t length = (size_t)snprintf(text, sizeof text, "{\n    \"child-pid\": %d", child);
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
    struct stat found;
    if ((strcmp(NAMES[i], "net") == 0 && !plan->unshare_network) || (strcmp(NAMES[i], "ipc") == 0 && plan->keep_ipc)) continue;
    snprintf(path, sizeof path, "/proc/%d/ns/%s", child, NAMES[i]);
    // A child that failed in the meantime reports why by itself; the namespaces of a dead process cannot be read.
    if (stat(path, &found) != 0) continue;
    length += (size_t)snprintf(text + length, sizeof text - length, ",\n    \"%s-namespace\": %llu", NAMES[i], (unsigned long long)found.st_ino);
  }
  snprintf(text + length, sizeof text - length, "\n}\n");
  snprintf(path, sizeof path, "%d", getpid());
  return write_text(instance, "pid", path, failure) && write_text(instance, "bwrapinfo.json", text, failure);
}

void instance_close(struct instance *instance) {
  if (instance->directory >= 0) close(instance->directory);
  if (instance->reference >= 0) close(instance->reference);
}
