// Reports from the sandbox's processes to the front.
#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OWN_FAILURE 125

void failure_set(struct failure *failure, const char *stage, int index, int error, const char *detail) {
  memset(failure, 0, sizeof *failure);
  // A call that this kernel lacks is always the same news, wherever it was noticed: the kernel is too old or a filter hides the call.
  if (error == ENOSYS) {
    snprintf(failure->stage, sizeof failure->stage, "%s", "kernel-too-old");
    snprintf(failure->detail, sizeof failure->detail, "%s", stage);
  } else {
    snprintf(failure->stage, sizeof failure->stage, "%s", stage);
    snprintf(failure->detail, sizeof failure->detail, "%s", detail == NULL ? "" : detail);
  }
  failure->index = index;
  failure->error = error;
}

void failure_take(struct failure *failure, const struct report *report) {
  *failure = report->as.failure;
  failure->stage[sizeof failure->stage - 1] = '\0';
  failure->detail[sizeof failure->detail - 1] = '\0';
}

static void send_report(int socket, const struct report *report, size_t size) {
  // Nobody is left to be told where this fails: the front sees the end of the socket and says so.
  while (send(socket, report, size, MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
}

void fail_with(int socket, int status, const char *stage, int index, int error, const char *detail) {
  struct report report = {.type = REPORT_FAILED};
  failure_set(&report.as.failure, stage, index, error, detail);
  send_report(socket, &report, sizeof report);
  _exit(status);
}

void fail(int socket, const char *stage, int index, int error, const char *detail) {
  fail_with(socket, OWN_FAILURE, stage, index, error, detail);
}

void report_value(int socket, enum report_type type, int value) {
  const struct report report = {.type = (int)type, .as.value = value};
  send_report(socket, &report, sizeof report);
}
