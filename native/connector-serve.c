// Serves CONNECT and FORGET (ConnectorFrame in frames.ts). Keeps a copy of every connection, so that none ends because the bus process does;
// closing therefore means shutdown.
#include "connector-serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "allow-list.h"
#include "fail.h"
#include "frames.h"

#define MAX_CONNECTIONS 1024
#define ID_BYTES 24
#define READ_AHEAD 65536

struct connection {
  char id[ID_BYTES];
  int upstream;
};

struct server {
  const struct plan *plan;
  struct connection *connections;
  size_t count;
};

void connector_bus_path(char name[CONNECTOR_BUS_NAME], size_t index) {
  snprintf(name, CONNECTOR_BUS_NAME, "bus-%zu", index);
}

static int close_doors(void) {
  static const struct allowed_call CALLS[] = {
#ifdef SYS_poll
    {SYS_poll, ANY_ARGUMENT},
#endif
    {SYS_ppoll, ANY_ARGUMENT}, {SYS_recvfrom, ANY_ARGUMENT}, {SYS_sendto, ANY_ARGUMENT}, {SYS_sendmsg, ANY_ARGUMENT},
    {SYS_socket, AF_UNIX}, {SYS_connect, ANY_ARGUMENT}, {SYS_setsockopt, ANY_ARGUMENT}, {SYS_fcntl, ANY_ARGUMENT},
    {SYS_shutdown, ANY_ARGUMENT}, {SYS_close, ANY_ARGUMENT}, {SYS_rt_sigreturn, ANY_ARGUMENT}, {SYS_restart_syscall, ANY_ARGUMENT},
    {SYS_exit_group, ANY_ARGUMENT},
  };
  return allow_only(CALLS, sizeof CALLS / sizeof CALLS[0]);
}

// A connected, non-blocking socket or -errno.
static int connect_bus(const struct plan *plan, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t length = sizeof address;
  size_t bus = 0;
  while (bus < plan->bus_count && strcmp(plan->buses[bus].name, name) != 0) bus++;
  if (bus == plan->bus_count) return -ENOENT;
  const char *where = plan->buses[bus].address;
  if (where[0] == '@') {
    const size_t bytes = strlen(where + 1);
    if (bytes >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, where + 1, bytes);
    length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + bytes);
  } else {
    char path[CONNECTOR_BUS_NAME];
    connector_bus_path(path, bus);
    snprintf(address.sun_path, sizeof address.sun_path, "/%s", path);
  }
  const int upstream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (upstream < 0) return -errno;
  // A bus with a full backlog must not hold up the others for long.
  const struct timeval patience = {.tv_sec = 2};
  const bool connected = setsockopt(upstream, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0
    && connect(upstream, (const struct sockaddr *)&address, length) == 0
    && setsockopt(upstream, SOL_SOCKET, SO_SNDTIMEO, &(const struct timeval){0}, sizeof(struct timeval)) == 0
    && fcntl(upstream, F_SETFL, O_NONBLOCK) == 0;
  if (connected) return upstream;
  const int error = errno;
  close(upstream);
  return -error;
}

static size_t find(const struct server *server, const char *id) {
  size_t at = 0;
  while (at < server->count && strcmp(server->connections[at].id, id) != 0) at++;
  return at;
}

static void forget(struct server *server, size_t at) {
  if (at == server->count) return;
  (void)shutdown(server->connections[at].upstream, SHUT_RDWR);
  close(server->connections[at].upstream);
  server->connections[at] = server->connections[--server->count];
}

// Answers in fields of its own buffer: no memory is asked for behind the filter.
static int answer(uint32_t type, const char *id, int upstream) {
  char payload[ID_BYTES + 32];
  int length = snprintf(payload, sizeof payload, "id=%s", id) + 1;
  if (type == CONNECTOR_REFUSED) length += snprintf(payload + length, sizeof payload - (size_t)length, "errno=%d", -upstream) + 1;
  return frame_send(CONNECTOR_REQUESTS, type, payload, (size_t)length, &upstream, type == CONNECTOR_CONNECTED ? 1 : 0);
}

static int serve_connect(struct server *server, const char *id, const char *bus) {
  int upstream = -EEXIST;
  if (server->count == MAX_CONNECTIONS) upstream = -EMFILE;
  else if (find(server, id) == server->count) upstream = connect_bus(server->plan, bus);
  if (upstream < 0) return answer(CONNECTOR_REFUSED, id, upstream);
  struct connection *connection = &server->connections[server->count++];
  snprintf(connection->id, sizeof connection->id, "%s", id);
  connection->upstream = upstream;
  return answer(CONNECTOR_CONNECTED, id, upstream);
}

// False where the peer is gone or talks nonsense: it is not listened to again, and what is connected stays connected.
static bool serve_request(struct server *server, struct frame_reader *reader) {
  struct frame frame;
  if (frame_read(reader, &frame) != 1) return false;
  char *payload = (char *)frame.payload;
  const char *id = NULL;
  const char *bus = NULL;
  char *value = NULL;
  size_t position = 0;
  if (!fields_valid(payload, frame.length)) return false;
  for (const char *key; (key = fields_next(payload, frame.length, &position, &value)) != NULL;) {
    if (strcmp(key, "id") == 0) id = value;
    if (strcmp(key, "bus") == 0) bus = value;
  }
  if (id == NULL || strlen(id) >= ID_BYTES) return false;
  if (frame.type == CONNECTOR_CONNECT && bus != NULL) return serve_connect(server, id, bus) == 0;
  if (frame.type != CONNECTOR_FORGET) return false;
  forget(server, find(server, id));
  return true;
}

void connector_serve(const struct plan *plan) {
  struct server server = {.plan = plan, .connections = calloc(MAX_CONNECTIONS, sizeof(struct connection))};
  struct frame_reader reader = {.socket = CONNECTOR_REQUESTS, .bytes = malloc(READ_AHEAD), .capacity = READ_AHEAD};
  const struct report ready = {.type = REPORT_READY};
  bool listening = true;
  if (server.connections == NULL || reader.bytes == NULL || close_doors() != 0) fail(CONNECTOR_REPORT, "connector", -1, errno, "filter");
  if (send(CONNECTOR_REPORT, &ready, sizeof ready, MSG_NOSIGNAL) < 0) _exit(125);
  close(CONNECTOR_REPORT);
  for (;;) {
    // Frames that were read together are served together; then the kernel is asked.
    struct pollfd waits[2] = {{.fd = CONNECTOR_INIT, .events = POLLIN}, {.fd = listening ? CONNECTOR_REQUESTS : -1, .events = POLLIN}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) _exit(125);
    if (waits[0].revents != 0) _exit(0);
    if (waits[1].revents == 0) continue;
    do listening = serve_request(&server, &reader);
    while (listening && reader.end > reader.start);
    if (!listening) close(CONNECTOR_REQUESTS);
  }
}
