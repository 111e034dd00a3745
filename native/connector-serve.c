// Serves the bus process (ConnectorFrame in frames.ts) and outlives it: both ends of every connection, and the memory from which another bus process can go
// on, have a copy here. Closing an upstream therefore means shutdown. A bus process that is gone is told to the front and the broker by a new socket for the
// next one; with neither of them left, all connections end.
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
#define MAX_KEPT 16
// Between a bus process that is gone and the next try, where the last one led to nothing.
#define FIRST_DELAY 20
#define LAST_DELAY 400

struct connection {
  char id[ID_BYTES];
  int upstream;
  int app;    // -1: not kept yet, ends with its bus process
  int memory;
};

struct server {
  const struct plan *plan;
  struct connection *connections;
  size_t count;
  int kept[MAX_KEPT]; // of KEEP_INSTANCE
  size_t kept_count;
  int requests; // -1: no bus process
  int delay;    // milliseconds before the next one is asked for, -1: never again
  unsigned char *bytes;
  size_t length;
  int descriptors[MAX_KEPT]; // came along and belong to the next whole frame
  size_t descriptor_count;
};

void connector_bus_path(char name[CONNECTOR_BUS_NAME], size_t index) {
  snprintf(name, CONNECTOR_BUS_NAME, "bus-%zu", index);
}

static int close_doors(void) {
  static const struct allowed_call CALLS[] = {
#ifdef SYS_poll
    {SYS_poll, ANY_ARGUMENT},
#endif
    {SYS_ppoll, ANY_ARGUMENT}, {SYS_recvmsg, ANY_ARGUMENT}, {SYS_socketpair, AF_UNIX}, {SYS_sendto, ANY_ARGUMENT}, {SYS_sendmsg, ANY_ARGUMENT},
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

static void close_all(int *descriptors, size_t *count) {
  for (size_t i = 0; i < *count; i++) close(descriptors[i]);
  *count = 0;
}

static void forget(struct server *server, size_t at) {
  if (at == server->count) return;
  struct connection *connection = &server->connections[at];
  (void)shutdown(connection->upstream, SHUT_RDWR);
  close(connection->upstream);
  if (connection->app >= 0) close(connection->app);
  if (connection->memory >= 0) close(connection->memory);
  *connection = server->connections[--server->count];
}

// Answers in fields of its own buffer: no memory is asked for behind the filter.
static bool answer(const struct server *server, uint32_t type, const char *id, int error, const int *descriptors, size_t count) {
  char payload[ID_BYTES + 32];
  int length = id == NULL ? 0 : snprintf(payload, sizeof payload, "id=%s", id) + 1;
  if (error != 0) length += snprintf(payload + length, sizeof payload - (size_t)length, "errno=%d", error) + 1;
  return frame_send(server->requests, type, payload, (size_t)length, descriptors, count) == 0;
}

static bool serve_connect(struct server *server, const char *id, const char *bus) {
  int upstream = -EEXIST;
  if (server->count == MAX_CONNECTIONS) upstream = -EMFILE;
  else if (find(server, id) == server->count) upstream = connect_bus(server->plan, bus);
  if (upstream < 0) return answer(server, CONNECTOR_REFUSED, id, -upstream, NULL, 0);
  struct connection *connection = &server->connections[server->count++];
  *connection = (struct connection){.upstream = upstream, .app = -1, .memory = -1};
  snprintf(connection->id, sizeof connection->id, "%s", id);
  return answer(server, CONNECTOR_CONNECTED, id, 0, &upstream, 1);
}

static bool serve_keep(struct server *server, size_t at) {
  if (server->descriptor_count != 2) return false;
  // The connection has ended meanwhile: what came is closed with the frame.
  if (at == server->count || server->connections[at].app >= 0) return true;
  server->connections[at].app = server->descriptors[0];
  server->connections[at].memory = server->descriptors[1];
  server->descriptor_count = 0;
  return true;
}

static bool serve_take(struct server *server) {
  if (!answer(server, CONNECTOR_KEPT_INSTANCE, NULL, 0, server->kept, server->kept_count)) return false;
  for (size_t at = 0; at < server->count;) {
    const struct connection *connection = &server->connections[at];
    // From before its first message, or torn between two frames: nobody can go on with it.
    if (connection->app < 0) {
      forget(server, at);
      continue;
    }
    const int descriptors[] = {connection->app, connection->memory, connection->upstream};
    if (!answer(server, CONNECTOR_KEPT, connection->id, 0, descriptors, 3)) return false;
    at++;
  }
  return true;
}

// False where the peer talks nonsense or is gone: it is not listened to again, and what is kept stays kept.
static bool serve_frame(struct server *server, uint32_t type, char *payload, size_t length) {
  const char *id = NULL;
  const char *bus = NULL;
  char *value = NULL;
  size_t position = 0;
  if (type == CONNECTOR_TAKE) return serve_take(server);
  if (type == CONNECTOR_KEEP_INSTANCE) {
    close_all(server->kept, &server->kept_count);
    memcpy(server->kept, server->descriptors, server->descriptor_count * sizeof(int));
    server->kept_count = server->descriptor_count;
    server->descriptor_count = 0;
    return true;
  }
  if (!fields_valid(payload, length)) return false;
  for (const char *key; (key = fields_next(payload, length, &position, &value)) != NULL;) {
    if (strcmp(key, "id") == 0) id = value;
    if (strcmp(key, "bus") == 0) bus = value;
  }
  if (id == NULL || strlen(id) >= ID_BYTES) return false;
  server->delay = 0; // this bus process works
  if (type == CONNECTOR_CONNECT && bus != NULL) return serve_connect(server, id, bus);
  if (type == CONNECTOR_KEEP) return serve_keep(server, find(server, id));
  if (type != CONNECTOR_FORGET) return false;
  forget(server, find(server, id));
  return true;
}

// One read; the kernel ends it behind a piece with descriptors, so they belong to the last frame in it.
static bool receive(struct server *server) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_KEPT)];
    struct cmsghdr align;
  } control;
  struct iovec piece = {.iov_base = server->bytes + server->length, .iov_len = READ_AHEAD - server->length};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  const ssize_t got = recvmsg(server->requests, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
      if (server->descriptor_count < MAX_KEPT) server->descriptors[server->descriptor_count++] = descriptor;
      else close(descriptor);
    }
  }
  if (got == 0 || (message.msg_flags & MSG_CTRUNC) != 0) return false;
  server->length += (size_t)got;
  return true;
}

static bool serve_requests(struct server *server) {
  size_t start = 0;
  bool sound = receive(server);
  while (sound && server->length - start >= FRAME_HEADER_BYTES) {
    uint32_t words[2]; // little-endian, as the machine is (allow-list.c)
    memcpy(words, server->bytes + start, sizeof words);
    sound = words[0] <= READ_AHEAD - FRAME_HEADER_BYTES;
    if (!sound || server->length - start - FRAME_HEADER_BYTES < words[0]) break;
    const size_t end = start + FRAME_HEADER_BYTES + words[0];
    const bool last = end == server->length;
    const size_t waiting = server->descriptor_count;
    if (!last) server->descriptor_count = 0;
    sound = serve_frame(server, words[1], (char *)server->bytes + start + FRAME_HEADER_BYTES, words[0]);
    if (last) close_all(server->descriptors, &server->descriptor_count);
    else server->descriptor_count = waiting;
    start = end;
  }
  memmove(server->bytes, server->bytes + start, server->length - start);
  server->length -= start;
  return sound;
}

static void lose_bus_process(struct server *server) {
  close(server->requests);
  close_all(server->descriptors, &server->descriptor_count);
  server->requests = -1;
  server->length = 0;
}

// Sends the front or the broker, whoever reads first, a socket for the next bus process.
static void ask_for_another(struct server *server) {
  int pair[2];
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  const struct report report = {.type = REPORT_ORPHAN};
  struct iovec piece = {.iov_base = (void *)&report, .iov_len = sizeof report};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  server->delay = server->delay == 0 ? FIRST_DELAY : server->delay * 2 > LAST_DELAY ? LAST_DELAY : server->delay * 2;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
  memset(&control, 0, sizeof control);
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(rights), &pair[1], sizeof(int));
  const ssize_t sent = sendmsg(CONNECTOR_REPORT, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  const bool alone = sent < 0 && errno != EAGAIN && errno != EINTR;
  close(pair[1]);
  if (sent > 0) {
    server->requests = pair[0];
    return;
  }
  close(pair[0]);
  if (!alone) return;
  while (server->count > 0) {
    if (server->connections[0].app >= 0) (void)shutdown(server->connections[0].app, SHUT_RDWR);
    forget(server, 0);
  }
  close_all(server->kept, &server->kept_count);
  server->delay = -1;
}

void connector_serve(const struct plan *plan) {
  struct server server = {
    .plan = plan, .connections = calloc(MAX_CONNECTIONS, sizeof(struct connection)), .bytes = malloc(READ_AHEAD), .requests = CONNECTOR_REQUESTS,
  };
  const struct report ready = {.type = REPORT_READY};
  if (server.connections == NULL || server.bytes == NULL || close_doors() != 0) fail(CONNECTOR_REPORT, "connector", -1, errno, "filter");
  if (send(CONNECTOR_REPORT, &ready, sizeof ready, MSG_NOSIGNAL) < 0) _exit(125);
  for (;;) {
    struct pollfd waits[2] = {{.fd = CONNECTOR_INIT, .events = POLLIN}, {.fd = server.requests, .events = POLLIN}};
    const int happened = poll(waits, 2, server.requests < 0 ? server.delay : -1);
    if (happened < 0 && errno != EINTR) _exit(125);
    if (happened > 0 && waits[0].revents != 0) _exit(0);
    if (server.requests < 0 && happened == 0) ask_for_another(&server);
    else if (happened > 0 && waits[1].revents != 0 && !serve_requests(&server)) lose_bus_process(&server);
  }
}
