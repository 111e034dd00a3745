// Writes what others read about an instance. Names and contents are Flatpak's.
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
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

size_t instance_describe(char text[INSTANCE_TEXT_BYTES], pid_t child, const struct plan *plan, bool one_line) {
  static const struct {
    const char *name;
    unsigned long flag;
  } NAMESPACES[] = {{"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"mnt", CLONE_NEWNS}, {"net", CLONE_NEWNET}, {"pid", CLONE_NEWPID}, {"uts", CLONE_NEWUTS}};
  const char *const space = one_line ? " " : "\n    ";
  size_t length = (size_t)snprintf(text, INSTANCE_TEXT_BYTES, "{%s\"child-pid\": %d", space, child);
  for (size_t i = 0; i < sizeof NAMESPACES / sizeof NAMESPACES[0]; i++) {
    char path[64];
    struct stat found;
    snprintf(path, sizeof path, "/proc/%d/ns/%s", child, NAMESPACES[i].name);
    // A child that failed in the meantime reports why by itself; the namespaces of a dead process cannot be read.
    if ((plan->namespaces & NAMESPACES[i].flag) == 0 || stat(path, &found) != 0) continue;
    length += (size_t)snprintf(text + length, INSTANCE_TEXT_BYTES - length, ",%s\"%s-namespace\": %llu", space, NAMESPACES[i].name, (unsigned long long)found.st_ino);
  }
  return length + (size_t)snprintf(text + length, INSTANCE_TEXT_BYTES - length, one_line ? " }\n" : "\n}\n");
}

bool instance_write(const struct instance *instance, pid_t child, const struct plan *plan, struct failure *failure) {
  char text[INSTANCE_TEXT_BYTES];
  char path[24];
  if (instance->directory < 0) return true;
  (void)instance_describe(text, child, plan, false);
  snprintf(path, sizeof path, "%d", getpid());
  return write_text(instance, "pid", path, failure) && write_text(instance, "bwrapinfo.json", text, failure);
}

void instance_close(struct instance *instance) {
  if (instance->directory >= 0) close(instance->directory);
  if (instance->reference >= 0) close(instance->reference);
}
