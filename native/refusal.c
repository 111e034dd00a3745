// Names the rule of this machine that refused a user namespace. Only asked once the kernel has refused: a rule that was read beforehand might not
// be the one that counts, or might have an exception for us.
#include "refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The first number in a file of procfs, or `otherwise` where there is none.
static long read_number(const char *path, long otherwise) {
  long value = otherwise;
  FILE *file = fopen(path, "re");
  if (file == NULL) return otherwise;
  if (fscanf(file, "%ld", &value) != 1) value = otherwise;
  fclose(file);
  return value;
}

static bool is_filtered(void) {
  char line[256];
  int mode = 0;
  FILE *status = fopen("/proc/self/status", "re");
  if (status == NULL) return false;
  while (fgets(line, sizeof line, status) != NULL)
    if (sscanf(line, "Seccomp: %d", &mode) == 1) break;
  fclose(status);
  return mode == 2;
}

// Steps that the first user namespace, or a right that comes with it, decides.
static bool depends_on_user_namespace(const char *stage) {
  static const char *const STAGES[] = {"namespaces", "uid-map", "gid-map", "mount-namespace", "loopback", "second-user-namespace"};
  for (size_t i = 0; i < sizeof STAGES / sizeof STAGES[0]; i++)
    if (strcmp(stage, STAGES[i]) == 0) return true;
  return false;
}

void refusal_name(struct failure *failure) {
  const bool denied = failure->error == EPERM || failure->error == EACCES;
  const char *rule = NULL;
  if (!depends_on_user_namespace(failure->stage)) return;
  if (failure->error == ENOSPC && read_number("/proc/sys/user/max_user_namespaces", 1) == 0) rule = "userns-limit";
  else if (denied && geteuid() != 0 && read_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0) rule = "userns-sysctl";
  else if (denied && geteuid() != 0 && read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1) rule = "userns-apparmor";
  else if (denied && strcmp(failure->stage, "namespaces") == 0 && is_filtered()) rule = "userns-filter";
  if (rule != NULL) failure_set(failure, rule, failure->index, failure->error, failure->detail);
}
