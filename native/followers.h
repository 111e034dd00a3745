// What a caller of bubblewrap's words is told about a start, and where it is waited for him.
#ifndef TSBOX_FOLLOWERS_H
#define TSBOX_FOLLOWERS_H

#include <stdbool.h>

#include "fail.h"
#include "launch.h"
#include "plan.h"

// Before the clone: enters the user namespace that was named, and makes ready to learn the pid of a process in another pid namespace.
bool followers_prepare(const struct plan *plan, int status, struct failure *failure);

// After the clone: --info-fd, --json-status-fd, --userns-block-fd, in this order; then no right is left that watching does not need.
bool followers_inform(struct launch *launch, const struct plan *plan, struct failure *failure);

// The program has ended.
void followers_tell_end(const struct plan *plan, int status);

#endif
