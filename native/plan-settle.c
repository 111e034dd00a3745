// What follows from all words of a plan together, and what does not go together.
#include <errno.h>
#include <linux/sched.h>
#include <stdio.h>
#include <unistd.h>

#include "plan.h"

static bool wrong(struct failure *failure, const char *detail) {
  failure_set(failure, "plan-words", -1, EINVAL, detail);
  return false;
}

// Where a namespace is only wanted if possible.
static bool user_namespaces_possible(void) {
  unsigned long most = 1;
  if (access("/proc/self/ns/user", F_OK) != 0) return false;
  FILE *limit = fopen("/proc/sys/user/max_user_namespaces", "re");
  if (limit == NULL) return true;
  const bool read = fscanf(limit, "%lu", &most) == 1;
  fclose(limit);
  return !read || most > 0;
}

static bool has_device_tree(const struct plan *plan) {
  for (size_t i = 0; i < plan->operation_count; i++)
    if (plan->operations[i].kind == OPERATION_DEV) return true;
  return false;
}

static bool combinations(const struct plan *plan, const struct caller *caller, struct failure *failure) {
  const struct identity *identity = &plan->identity;
  const bool own_user = (plan->namespaces & CLONE_NEWUSER) != 0;
  const bool any_user = own_user || plan->joined.user >= 0;
  if (!any_user && identity->uid != caller->uid) return wrong(failure, "--uid requires --unshare-user or --userns");
  if (!any_user && identity->gid != caller->gid) return wrong(failure, "--gid requires --unshare-user or --userns");
  if (plan->hostname != NULL && (plan->namespaces & CLONE_NEWUTS) == 0) return wrong(failure, "--hostname requires --unshare-uts");
  if (plan->as_pid_1 && (plan->namespaces & CLONE_NEWPID) == 0) return wrong(failure, "--as-pid-1 requires --unshare-pid");
  if (plan->as_pid_1 && plan->lock_count > 0) return wrong(failure, "--as-pid-1 and --lock-file");
  return true;
}

// Before a user namespace is implied: only a named one counts.
static bool named_combinations(const struct plan *plan, bool user_try, struct failure *failure) {
  const bool own_user = (plan->namespaces & CLONE_NEWUSER) != 0;
  if (plan->followers.maps_written >= 0 && !own_user) return wrong(failure, "--userns-block-fd requires --unshare-user");
  if (plan->followers.maps_written >= 0 && plan->followers.information < 0) return wrong(failure, "--userns-block-fd requires --info-fd");
  if (plan->joined.user >= 0 && own_user) return wrong(failure, "--userns and --unshare-user");
  if (plan->joined.user >= 0 && user_try) return wrong(failure, "--userns and --unshare-user-try");
  if (plan->disable_user_namespaces && !own_user) return wrong(failure, "--disable-userns requires --unshare-user");
  if (plan->disable_user_namespaces && plan->followers.maps_written >= 0) return wrong(failure, "--disable-userns and --userns-block-fd");
  return true;
}

bool plan_settle(struct plan *plan, const struct caller *caller, bool user_try, bool cgroup_try, struct failure *failure) {
  struct identity *identity = &plan->identity;
  if (plan->bubblewrap) {
    if (!named_combinations(plan, user_try, failure)) return false;
    if (caller->uid != 0 && plan->joined.user < 0) plan->namespaces |= CLONE_NEWUSER;
    if (user_try && user_namespaces_possible()) plan->namespaces |= CLONE_NEWUSER;
    if (cgroup_try && access("/proc/self/ns/cgroup", F_OK) == 0) plan->namespaces |= CLONE_NEWCGROUP;
    if (!combinations(plan, caller, failure)) return false;
    plan->maps_ids = (plan->namespaces & CLONE_NEWUSER) != 0 && plan->followers.maps_written < 0;
    // devpts wants an owner 0; who mounts nothing of the kind is himself at once.
    if (!plan->maps_ids || !has_device_tree(plan)) {
      identity->builder_uid = identity->uid;
      identity->builder_gid = identity->gid;
    }
    const bool differs = identity->builder_uid != identity->uid || identity->builder_gid != identity->gid;
    plan->second_user_namespace = plan->maps_ids && (differs || plan->disable_user_namespaces);
    plan->rights.all = caller->uid == 0 && !plan->rights.named;
    plan->reaper = !plan->as_pid_1 && ((plan->namespaces & CLONE_NEWPID) != 0 || plan->lock_count > 0 || plan->followers.alive >= 0);
    return true;
  }
  // The app never owns the namespace that holds its mounts; builder and caller's 0 are the same.
  plan->maps_ids = plan->second_user_namespace = plan->reaper = plan->die_with_parent = true;
  return true;
}
