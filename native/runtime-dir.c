// Finds and checks the runtime directory. Everything in it is obeyed, so it must be ours alone: our uid, mode 0700, no link.
#include "runtime-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages.h"

#define REASON_BYTES 128

// An O_PATH descriptor of a directory that is ours alone, or -1 with a reason.
static int open_own(int at, const char *name, char reason[REASON_BYTES]) {
  struct stat found;
  const int directory = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) {
    snprintf(reason, REASON_BYTES, "%s", errno == ENOTDIR ? "it is a link or no directory" : strerror(errno));
    return -1;
  }
  if (fstat(directory, &found) == 0 && found.st_uid == geteuid() && (found.st_mode & 077) == 0) return directory;
  if (found.st_uid != geteuid()) snprintf(reason, REASON_BYTES, "it belongs to user %u", found.st_uid);
  else snprintf(reason, REASON_BYTES, "others may enter it (mode %04o)", found.st_mode & 07777);
  close(directory);
  return -1;
}

static bool strange(const struct runtime *runtime, const char *reason, bool quiet) {
  if (!quiet) message_print("front.runtime-dir-strange", runtime->path, reason, 0);
  return false;
}

static int choose(struct runtime *runtime, const struct caller *caller, bool make, char reason[REASON_BYTES]) {
  const char *given = caller_variable(caller, "XDG_RUNTIME_DIR");
  if (given != NULL && given[0] != '\0') {
    snprintf(runtime->path, sizeof runtime->path, "%s", given);
    snprintf(reason, REASON_BYTES, "%s", "it is no absolute path");
    return given[0] == '/' ? open_own(AT_FDCWD, given, reason) : -1;
  }
  snprintf(runtime->path, sizeof runtime->path, "/run/user/%u", caller->uid);
  const int usual = open_own(AT_FDCWD, runtime->path, reason);
  if (usual >= 0) return usual;
  runtime->fallback = true;
  snprintf(runtime->path, sizeof runtime->path, "/tmp/tsbox-%u", caller->uid);
  if (make && mkdir(runtime->path, 0700) != 0 && errno != EEXIST) {
    snprintf(reason, REASON_BYTES, "%s", strerror(errno));
    return -1;
  }
  return open_own(AT_FDCWD, runtime->path, reason);
}

bool runtime_find(struct runtime *runtime, const struct caller *caller, bool make, bool quiet) {
  char reason[REASON_BYTES] = "";
  *runtime = (struct runtime){.directory = -1};
  const int above = choose(runtime, caller, make, reason);
  if (above < 0) return strange(runtime, reason, quiet);
  bool good = !make || mkdirat(above, "tsbox", 0700) == 0 || errno == EEXIST;
  if (!good) snprintf(reason, sizeof reason, "%s", strerror(errno));
  if (good) {
    runtime->directory = open_own(above, "tsbox", reason);
    good = runtime->directory >= 0;
  }
  close(above);
  return good || strange(runtime, reason, quiet);
}

bool runtime_outside_sandbox(void) {
  char text[4096];
  char id[256] = "another app";
  const int file = open("/.flatpak-info", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return true;
  const ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  text[length > 0 ? length : 0] = '\0';
  for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n'), line += line != NULL) {
    if (strncmp(line, "name=", 5) != 0) continue;
    snprintf(id, sizeof id, "%.*s", (int)strcspn(line + 5, "\n"), line + 5);
    break;
  }
  message_print("front.already-inside", id, NULL, 0);
  return false;
}

// Whose it is, or where it would be made.
static uid_t owner_of(const char *path) {
  char above[PATH_MAX];
  struct stat found;
  snprintf(above, sizeof above, "%s", path);
  while (stat(above, &found) != 0) {
    char *slash = strrchr(above, '/');
    if (slash == NULL || slash == above) return 0;
    *slash = '\0';
  }
  return found.st_uid;
}

bool runtime_not_borrowed(const struct caller *caller, bool starts) {
  // What lies in the home as a rule may be named apart, and be kept in the environment where HOME is not.
  static const char *const NAMES[] = {"XDG_RUNTIME_DIR", "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"};
  const size_t strict = 2;
  // Root, however it became that (su, doas, pkexec): in another user's home it would read manifests and write files through links that are that user's.
  if (caller_variable(caller, "SUDO_UID") == NULL && caller->uid != 0) return true;
  for (size_t i = starts ? 0 : 1; i < sizeof NAMES / sizeof NAMES[0]; i++) {
    struct stat found;
    const char *path = caller_variable(caller, NAMES[i]);
    if (path == NULL || path[0] != '/') continue;
    const uid_t owner = owner_of(path);
    if (owner == caller->uid) continue;
    // Of the system's own nobody but root is led anywhere; as a home it is none.
    if (i < strict ? stat(path, &found) != 0 && owner == 0 : owner == 0) continue;
    message_print(starts ? "front.sudo" : "front.sudo-changes", path, NULL, 0);
    return false;
  }
  return true;
}
