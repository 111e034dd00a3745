// Where the time of a start went; printed for `--timing`.
#ifndef TSBOX_STOPWATCH_H
#define TSBOX_STOPWATCH_H

#include <time.h>

#define STOPWATCH_MARKS 12

struct stopwatch {
  struct timespec at[STOPWATCH_MARKS];
  const char *names[STOPWATCH_MARKS];
  int count;
};

// Notes that `name` is done now. The first mark is the beginning.
void stopwatch_mark(struct stopwatch *watch, const char *name);

// One line per mark on standard error: milliseconds since the one before, and the sum.
void stopwatch_print(const struct stopwatch *watch);

#endif
