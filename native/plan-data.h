// Data that a command line names by a descriptor.
#ifndef TSBOX_PLAN_DATA_H
#define TSBOX_PLAN_DATA_H

#include "plan.h"

// Reads to the end. The descriptor stays open: it is the caller's, and its number must not become one of ours while that list is in use. 0 or -errno.
int data_read(int descriptor, struct data *data);

// Splits NUL-ended words (the last NUL may be missing) in place. NULL where memory lacks.
char **data_split(const struct data *data, size_t *count);

#endif
