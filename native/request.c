// Tells the broker everything about this start: it takes nothing from its own environment.
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

// One that is connected to what listens under a name (a bus, a display, an agent) is `service`. The journal's is where desktops send what programs print.
static const char *kind_of_socket(int descriptor) {
  static const char JOURNAL[] = "/run/systemd/journal";
  struct sockaddr_un peer;
  socklen_t length = sizeof peer;
  if (getpeername(descriptor, (struct sockaddr *)&peer, &length) != 0) return errno == ENOTCONN ? "socket" : NULL;
  const size_t bytes = length > offsetof(struct sockaddr_un, sun_path) ? length - offsetof(struct sockaddr_un, sun_path) : 0;
  const bool is_journal = bytes >= sizeof JOURNAL && memcmp(peer.sun_path, JOURNAL, sizeof JOURNAL - 1) == 0;
  return peer.sun_family == AF_UNIX && bytes > 0 && !is_journal ? "service" : "socket";
}

static const char *kind_of(int descriptor) {
  struct stat found;
  // None of them is closed (front.c): what cannot be looked at may be a folder of the host.
  if (fstat(descriptor, &found) != 0) return NULL;
  switch (found.st_mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFIFO: return "pipe";
    case S_IFSOCK: return kind_of_socket(descriptor);
    default: break;
  }
  if (S_ISCHR(found.st_mode) && found.st_rdev == makedev(1, 3)) return "null";
  return isatty(descriptor) == 1 ? "tty" : "device";
}

bool request_build(struct fields *fields, const struct caller *caller, const struct runtime *runtime) {
  static const char *const STANDARD[] = {"stdin", "stdout", "stderr"};
  struct utsname names;
  char mask[8];
  for (int i = 0; i < caller->argc; i++) fields_add(fields, "arg", caller->argv[i]);
  fields_add(fields, "cwd", caller->cwd);
  for (char **entry = caller->environment; *entry != NULL; entry++) fields_add(fields, "env", *entry);
  for (int i = 0; i < 3; i++) {
    const char *kind = kind_of(i);
    if (kind == NULL) return false;
    fields_add(fields, STANDARD[i], kind);
  }
  for (size_t i = 0; i < caller->descriptor_count; i++) fields_add_number(fields, "fd", caller->descriptors[i]);
  snprintf(mask, sizeof mask, "%o", caller->umask & 0777U);
  fields_add(fields, "umask", mask);
  fields_add_number(fields, "uid", caller->uid);
  fields_add_number(fields, "gid", caller->gid);
  fields_add(fields, "runtime-dir", runtime->path);
  if (runtime->fallback) fields_add(fields, "runtime-dir-fallback", "1");
  fields_add(fields, "hostname", uname(&names) == 0 ? names.nodename : "");
  return !fields->failed;
}
