// Landlock scopes: no abstract socket and no process outside the app can be reached, also with the network shared. Path rights are not set here.
#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

#define FIRST_ABI_WITH_SCOPES 6 // Linux 6.12

// As of Linux 6.12; older headers lack the last member.
struct ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

int landlock_scope(unsigned scopes) {
  const struct ruleset ruleset = {.scoped = scopes};
  const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < FIRST_ABI_WITH_SCOPES) {
    errno = EOPNOTSUPP;
    return -1;
  }
  const int domain = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
  if (domain < 0) return -1;
  const int result = (int)syscall(SYS_landlock_restrict_self, domain, 0);
  close(domain);
  return result;
}
