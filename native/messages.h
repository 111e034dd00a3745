// English of the C part: what fails before the broker answers, or when it no longer does. Everything else is rendered by the broker.
#ifndef TSBOX_MESSAGES_H
#define TSBOX_MESSAGES_H

#include "fail.h"

// Prints `tsbox: TEXT[: what the system answered]` and the hint on a line of its own. `{0}` and `{1}` in the text are the two values, escaped;
// `error` 0 leaves the answer out. An unknown key is a mistake of ours and prints itself.
void message_print(const char *key, const char *first, const char *second, int error);

// The same for a failure of the sandbox.
void message_print_failure(const struct failure *failure);

// The first line alone, with another beginning than `tsbox: `.
void message_print_line(const char *prefix, const struct failure *failure);

#endif
