// Linux capabilities by name and as sets of one bit each.
#ifndef TSBOX_CAPABILITIES_H
#define TSBOX_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

// The bit of a name as libcap knows them (`CAP_` and case do not matter), every bit for `ALL`, 0 for a name that is none.
uint64_t capability_bit(const char *name);

// What this process may do now.
bool capabilities_effective(uint64_t *set);

// Limits permitted, effective, inheritable and ambient set of this thread to `kept`, so that a program that is executed keeps just these. Writes the call
// that failed to *what.
bool capabilities_limit(uint64_t kept, const char **what);

// The same for the bounding set, which a new user namespace fills.
bool capabilities_bound(uint64_t kept, const char **what);

// Gives up every right that this thread has now. For a process that executes nothing but our own program: the bounding set stays.
bool capabilities_give_up(const char **what);

#endif
