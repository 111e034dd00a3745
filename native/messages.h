// Texts of the C part: what fails before the broker answers, or when it no longer does. Everything else is rendered by the broker.
#ifndef TSBOX_MESSAGES_H
#define TSBOX_MESSAGES_H

#include "fail.h"

// In one language: the text, and the way out or NULL.
struct words {
  const char *text;
  const char *hint;
};

struct text {
  const char *key;
  struct words english;
  struct words chinese;
};

struct phrase {
  const char *english;
  const char *chinese;
};

struct answer {
  int error;
  const char *words;
};

// messages-table.c, which is made of the catalogue. Each ends with an empty one.
extern const struct text MESSAGE_TEXTS[];
extern const struct phrase MESSAGE_PHRASES[];
extern const struct answer MESSAGE_ANSWERS[];

// Prints `tsbox: TEXT[: what the system answered]` and the hint on a line of its own. `{0}` and `{1}` in the text are the two values, escaped;
// `error` 0 leaves the answer out. An unknown key is a mistake of ours and prints itself.
void message_print(const char *key, const char *first, const char *second, int error);

// The same for a failure of the sandbox.
void message_print_failure(const struct failure *failure);

// The first line alone, with another beginning than `tsbox: `, and in English: the programs that call bubblewrap read it.
void message_print_line(const char *prefix, const struct failure *failure);

#endif
