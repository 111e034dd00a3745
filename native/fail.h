// How a start that cannot go on is told: stage, operation, errno and detail travel from the process that failed to the front.
#ifndef TSBOX_FAIL_H
#define TSBOX_FAIL_H

#include <stddef.h>

#define FAILURE_DETAIL_BYTES 1024

// Stages are the keys of the message tables (launcher/messages for the broker, messages.c here); native/stages.ts lists them too.
struct failure {
  char stage[32];
  int index; // of the operation, -1 if none
  int error; // errno, 0 if none
  char detail[FAILURE_DETAIL_BYTES]; // a path, a word or the name of a call
};

// What the sandbox's processes tell the front, one packet each on a SOCK_SEQPACKET pair.
enum report_type {
  REPORT_FAILED = 'F',  // a struct failure
  REPORT_LISTENING = 'L', // the broker's listening sockets, which ride along; the rest is being built
  REPORT_READY = 'R',   // everything is built; sockets of other servers than the broker ride along
  REPORT_STOPPED = 'S', // an int: the signal that stopped the main process
  REPORT_CONTINUED = 'C', // answer to ORDER_CONTINUE: stops reported before it are past
  REPORT_PID = 'P',     // from the last of the processes on the way into another pid namespace; its credentials say who
  REPORT_EXITED = 'E',  // an int: exit status as a shell counts
  REPORT_ORPHAN = 'O',  // the connector lost its bus process; a socket for the next one rides along
};

// What the front tells pid 1.
enum order_type {
  ORDER_PLAN = 'p',     // an int: length of the plan's frame in the shared room. Only to a child that was cloned ahead
  ORDER_BUILD = 'b',    // that plan is followed; `.ref` and `alive` ride along
  ORDER_GO = 'g',       // the instance's files are written, the connector serves: start
  ORDER_SIGNAL = 's',   // an int: a process sent the front this signal
  ORDER_DISCARD = 'd',  // an int: the terminal sent it, so the main process has its own copy
  ORDER_CONTINUE = 'c', // the front was continued after a stop
};

struct report {
  int type;
  union {
    int value;
    struct failure failure;
  } as;
};

struct order {
  int type;
  int value;
};

// Fills a failure; a null detail is an empty one.
void failure_set(struct failure *failure, const char *stage, int index, int error, const char *detail);

// What a report says of a failure. It may come from whoever got hold of the line: its texts end within their room.
void failure_take(struct failure *failure, const struct report *report);

// Sends the failure over `socket` and leaves with `status`. For children only: the front prints.
_Noreturn void fail_with(int socket, int status, const char *stage, int index, int error, const char *detail);

// The same with status 125.
_Noreturn void fail(int socket, const char *stage, int index, int error, const char *detail);

// Reports a value (status or signal).
void report_value(int socket, enum report_type type, int value);

#endif
