// Landlock, the last thing but the filter: scopes (no abstract socket and no process outside the app can be reached, also with the network shared), and the
// second layer, an allow-list of places. What is allowed where was decided in launcher/plan/landlock.ts; here it is only applied, or the start ends.
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

// As of Linux 6.12; older headers lack the last member. The kernel takes a longer structure than it knows where the rest is 0, and no other.
struct ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

#define EXECUTE (1ULL << 0)
#define WRITE_FILE (1ULL << 1)
#define READ_FILE (1ULL << 2)
#define TRUNCATE (1ULL << 14)
#define IOCTL_DEV (1ULL << 15)

static bool allow(int domain, int place, uint64_t rights) {
  const struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = place};
  return rights == 0 || syscall(SYS_landlock_add_rule, domain, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static void allow_path(const struct sandbox *box, int domain, const struct landlock_rule *rule) {
  // INVARIANT: no link is followed. One that an app planted in a granted folder would carry the rule elsewhere.
  const int place = sys_openat2(AT_FDCWD, rule->path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  if (place < 0 || !allow(domain, place, rule->rights)) sandbox_stop(box, NULL, "landlock-path", rule->path);
  close(place);
}

// What the caller hands over may be opened once more by its number (/dev/stdin), as far as it is open already.
static void allow_descriptor(const struct sandbox *box, int domain, int descriptor) {
  struct stat found;
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fstat(descriptor, &found) != 0) return; // closed: the app has none there
  const uint64_t handled = box->plan->landlock_handled;
  uint64_t rights = handled;
  if (!S_ISDIR(found.st_mode)) {
    const int mode = (flags & O_PATH) != 0 ? O_RDONLY : flags & O_ACCMODE;
    rights &= IOCTL_DEV | (mode != O_WRONLY ? EXECUTE | READ_FILE : 0) | (mode != O_RDONLY ? WRITE_FILE | TRUNCATE : 0);
  }
  // Pipes and sockets have no path, and so no rule: nothing refuses them.
  if (!allow(domain, descriptor, rights) && errno != EBADFD) sandbox_stop(box, NULL, "landlock-path", "descriptors");
}

void landlock_apply(const struct sandbox *box) {
  const struct plan *plan = box->plan;
  const struct ruleset ruleset = {.handled_access_fs = plan->landlock_handled, .scoped = plan->scopes};
  if (plan->scopes == 0 && plan->landlock_handled == 0) return;
  const int domain = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
  if (domain < 0) sandbox_stop(box, NULL, "landlock-scope", NULL);
  if (plan->landlock_handled != 0) {
    for (size_t i = 0; i < plan->landlock_rule_count; i++) allow_path(box, domain, &plan->landlock_rules[i]);
    for (int standard = 0; standard <= 2; standard++) allow_descriptor(box, domain, standard);
    for (size_t i = 0; i < plan->keep_count; i++) allow_descriptor(box, domain, plan->keep[i]);
  }
  if (syscall(SYS_landlock_restrict_self, domain, 0) != 0) sandbox_stop(box, NULL, "landlock-scope", NULL);
  close(domain);
}
