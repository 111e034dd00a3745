// Stage times of one start.
#include "stopwatch.h"

#include <stdio.h>

void stopwatch_mark(struct stopwatch *watch, const char *name) {
  if (watch->count == STOPWATCH_MARKS) return;
  clock_gettime(CLOCK_MONOTONIC, &watch->at[watch->count]);
  watch->names[watch->count++] = name;
}

static double milliseconds(const struct timespec *from, const struct timespec *to) {
  return (double)(to->tv_sec - from->tv_sec) * 1e3 + (double)(to->tv_nsec - from->tv_nsec) / 1e6;
}

void stopwatch_print(const struct stopwatch *watch) {
  for (int i = 1; i < watch->count; i++)
    dprintf(2, "tsbox: timing: %-12s %7.3f ms\n", watch->names[i], milliseconds(&watch->at[i - 1], &watch->at[i]));
  if (watch->count > 1) dprintf(2, "tsbox: timing: %-12s %7.3f ms\n", "all", milliseconds(&watch->at[0], &watch->at[watch->count - 1]));
}
