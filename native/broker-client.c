// Asking the broker. Before the acknowledgement a request may be sent again; after it never, so that no app starts twice.
#include "broker-client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "broker-start.h"
#include "messages.h"
#include "peer.h"

#define TRIES 3
#define PATIENCE_SECONDS 30
#define MOST_MOMENTS 50

int64_t broker_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int connect_once(const struct runtime *runtime, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return -errno;
  // Through the descriptor that was checked: the path may be longer than an address, and may have changed since.
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", runtime->directory, name);
  const int error = connect(connection, (const struct sockaddr *)&address, sizeof address) != 0 ? errno : peer_beside_us(connection, NULL);
  if (error == 0) return connection;
  close(connection);
  return -error;
}

int runtime_connect(const struct runtime *runtime, const char *name) {
  static const struct timespec MOMENT = {.tv_nsec = 20 * 1000 * 1000};
  int connection = connect_once(runtime, name);
  // A front that was killed while it started the broker: the broker listens itself a moment later, or is gone as well.
  for (int round = 0; connection == -ESRCH && round < MOST_MOMENTS; round++) {
    (void)nanosleep(&MOMENT, NULL);
    connection = connect_once(runtime, name);
  }
  return connection;
}

int broker_connect(const struct runtime *runtime) {
  return runtime_connect(runtime, "broker-" PROTOCOL_VERSION);
}

int broker_send(const struct broker_client *client, int connection) {
  if (client->orphan != NULL) return frame_send(connection, FRAME_ORPHAN, "", 0, client->orphan, 2);
  return frame_send(connection, FRAME_REQUEST, client->request->bytes, client->request->length, NULL, 0);
}

static bool await(int connection) {
  struct pollfd wait = {.fd = connection, .events = POLLIN};
  int ready = 0;
  do ready = poll(&wait, 1, PATIENCE_SECONDS * 1000);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

void broker_tell_unreachable(const struct runtime *runtime, int error) {
  const char *key = error == EPERM ? "front.broker-foreign" : error == EXDEV || error == ESRCH ? "front.broker-elsewhere" : "front.broker-connect";
  message_print(key, runtime->path, NULL, strcmp(key, "front.broker-connect") == 0 ? error : 0);
}

enum broker_answer broker_ask(struct broker_client *client) {
  char log[PATH_MAX + 32];
  for (int attempt = 0; attempt < TRIES; attempt++) {
    struct frame frame = {0};
    bool sent = false;
    int connection = broker_connect(client->runtime);
    if (connection == -ENOENT || connection == -ECONNREFUSED) {
      if (!client->may_start) return BROKER_ABSENT;
      connection = broker_start(client, &sent);
      if (connection < 0) return BROKER_FAILED; // it has said why
    }
    if (connection < 0) {
      broker_tell_unreachable(client->runtime, -connection);
      return BROKER_FAILED;
    }
    int result = sent ? 0 : broker_send(client, connection);
    client->reader.socket = connection;
    client->reader.start = client->reader.end = 0;
    if (result == 0) {
      if (!await(connection)) {
        char seconds[8];
        snprintf(seconds, sizeof seconds, "%d", PATIENCE_SECONDS);
        message_print("front.broker-silent", seconds, NULL, 0);
        return BROKER_FAILED;
      }
      result = frame_read(&client->reader, &frame);
    }
    if (result == 1 && frame.type == FRAME_ACK) return BROKER_ACKNOWLEDGED;
    close(connection);
    if (result == 1) {
      message_print("front.broker-protocol", NULL, NULL, EPROTO);
      return BROKER_FAILED;
    }
    // It left between our connection and its answer (idle, upgraded, killed): another one takes the request.
  }
  snprintf(log, sizeof log, "%s/tsbox/broker.log", client->runtime->path);
  message_print("front.broker-lost", "three times before it took the request", log, 0);
  return BROKER_FAILED;
}
