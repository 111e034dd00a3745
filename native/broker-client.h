// The front's side of the socket to the broker: find it, start it where it is absent, ask, obey what it answers before a plan.
#ifndef TSBOX_BROKER_CLIENT_H
#define TSBOX_BROKER_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "caller.h"
#include "frames.h"
#include "runtime-dir.h"

struct broker_client {
  const struct runtime *runtime;
  const struct caller *caller;
  const char *build; // folder of the bundles, ends in `/`
  const struct fields *request;
  const int *orphan; // where set, these two descriptors are brought instead of a request: see FRAME_ORPHAN
  bool may_start;
  int64_t begun; // unix milliseconds
  struct frame_reader reader;
};

enum broker_answer {
  BROKER_ACKNOWLEDGED, // reader.socket is the connection
  BROKER_ABSENT,       // none runs, and none was to be started
  BROKER_FAILED,       // a message has been printed
};

// Connects (starting a broker if it may) and sends the request. Tries again, at most twice, while nothing was acknowledged.
enum broker_answer broker_ask(struct broker_client *client);

// A connection to the running broker, or -errno. -ENOENT and -ECONNREFUSED: none runs. -EPERM, -EXDEV, -ESRCH: it is not ours (peer.h).
int broker_connect(const struct runtime *runtime);

void broker_tell_unreachable(const struct runtime *runtime, int error);

// The same to any socket of ours in the runtime directory.
int runtime_connect(const struct runtime *runtime, const char *name);

// Sends the request, or the orphan, over a new connection. 0 or -errno.
int broker_send(const struct broker_client *client, int connection);

int64_t broker_now(void);

#endif
