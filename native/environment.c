// The app's environment while a plan is decoded: every word acts at once, in order.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static size_t find(const struct plan *plan, const char *name, size_t length) {
  size_t at = 0;
  while (at < plan->environment_count && (strncmp(plan->environment[at], name, length) != 0 || plan->environment[at][length] != '=')) at++;
  return at;
}

void environment_unset(struct plan *plan, const char *name) {
  const size_t at = find(plan, name, strlen(name));
  if (at == plan->environment_count) return;
  memmove(plan->environment + at, plan->environment + at + 1, (plan->environment_count - at) * sizeof(char *));
  plan->environment_count--;
}

bool environment_set(struct plan *plan, const char *name, const char *value) {
  if (name[0] == '\0' || strchr(name, '=') != NULL) return false;
  if (plan->environment_count + 2 > plan->environment_capacity) {
    const size_t capacity = plan->environment_capacity * 2 + 128;
    char **more = realloc(plan->environment, capacity * sizeof *more);
    if (more == NULL) return false;
    plan->environment = more;
    plan->environment_capacity = capacity;
  }
  const size_t length = strlen(name) + strlen(value) + 2;
  char *entry = malloc(length);
  if (entry == NULL) return false;
  snprintf(entry, length, "%s=%s", name, value);
  const size_t at = find(plan, name, strlen(name));
  plan->environment[at] = entry;
  if (at == plan->environment_count) plan->environment_count++;
  plan->environment[plan->environment_count] = NULL;
  return true;
}

bool environment_inherit(struct plan *plan, const struct caller *caller) {
  for (char **entry = caller->environment; *entry != NULL; entry++) {
    char *equals = strchr(*entry, '=');
    if (equals == NULL || equals == *entry) continue;
    char *name = strndup(*entry, (size_t)(equals - *entry));
    const bool done = name != NULL && environment_set(plan, name, equals + 1);
    free(name);
    if (!done) return false;
  }
  return true;
}

const char *plan_variable(const struct plan *plan, const char *name) {
  const size_t at = find(plan, name, strlen(name));
  return at == plan->environment_count ? NULL : plan->environment[at] + strlen(name) + 1;
}
