// A Wayland client of nine requests. Speaks to the compositor outside, before the app's first word is answered; nothing here reads what an app wrote.
#include "wayland-context.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"

#define ENGINE "org.flatpak" // what portals and desktops know; the app id is of the same kind
#define MANAGER "wp_security_context_manager_v1"
#define PATIENCE_MILLISECONDS 5000
#define BUFFER_BYTES 65536
#define HEADER_BYTES 8

// Objects of this connection, in the order in which they are made.
enum { DISPLAY = 1, REGISTRY, LISTED, CONTEXT_MANAGER, CONTEXT, DONE };

struct wire {
  int socket;
  struct timespec until;
  unsigned char in[BUFFER_BYTES];
  size_t held;
  unsigned char out[4096];
  size_t length;
  char why[256]; // what the compositor said, or what went wrong
};

static void put_number(struct wire *wire, uint32_t value) {
  if (wire->length + sizeof value > sizeof wire->out) return;
  memcpy(wire->out + wire->length, &value, sizeof value);
  wire->length += sizeof value;
}

static void put_string(struct wire *wire, const char *text) {
  const size_t bytes = strlen(text) + 1;
  const size_t padded = (bytes + 3) & ~(size_t)3;
  put_number(wire, (uint32_t)bytes);
  if (wire->length + padded > sizeof wire->out) return;
  memset(wire->out + wire->length, 0, padded);
  memcpy(wire->out + wire->length, text, bytes);
  wire->length += padded;
}

static size_t begin(struct wire *wire, uint32_t object) {
  put_number(wire, object);
  put_number(wire, 0);
  return wire->length - HEADER_BYTES;
}

static void end(struct wire *wire, size_t from, uint16_t opcode) {
  const uint32_t word = (uint32_t)(wire->length - from) << 16 | opcode;
  memcpy(wire->out + from + 4, &word, sizeof word);
}

static void request_new(struct wire *wire, uint32_t object, uint16_t opcode, uint32_t made) {
  const size_t from = begin(wire, object);
  put_number(wire, made);
  end(wire, from, opcode);
}

static void request_text(struct wire *wire, uint16_t opcode, const char *text) {
  const size_t from = begin(wire, CONTEXT);
  put_string(wire, text);
  end(wire, from, opcode);
}

static bool flush(struct wire *wire, const int *descriptors, size_t count) {
  union {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec piece = {.iov_base = wire->out, .iov_len = wire->length};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
  }
  const bool sent = sendmsg(wire->socket, &message, MSG_NOSIGNAL) == (ssize_t)wire->length;
  wire->length = 0;
  return sent;
}

static int milliseconds_left(const struct wire *wire) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t left = (int64_t)(wire->until.tv_sec - now.tv_sec) * 1000 + (wire->until.tv_nsec - now.tv_nsec) / 1000000;
  return left > 0 ? (int)left : 0;
}

// One more event at the start of `in`; its length, or 0 where none comes.
static size_t next_event(struct wire *wire) {
  for (;;) {
    uint32_t word = 0;
    if (wire->held >= HEADER_BYTES) memcpy(&word, wire->in + 4, sizeof word);
    const size_t length = word >> 16;
    if (wire->held >= HEADER_BYTES && (length < HEADER_BYTES || length % 4 != 0)) errno = EPROTO;
    if (wire->held >= HEADER_BYTES && (length < HEADER_BYTES || length % 4 != 0)) return 0;
    if (wire->held >= HEADER_BYTES && wire->held >= length) return length;
    struct pollfd wait = {.fd = wire->socket, .events = POLLIN};
    const int ready = poll(&wait, 1, milliseconds_left(wire));
    if (ready == 0) errno = ETIMEDOUT;
    if (ready == 0 || (ready < 0 && errno != EINTR)) return 0;
    if (ready < 0) continue;
    const ssize_t got = read(wire->socket, wire->in + wire->held, sizeof wire->in - wire->held);
    if (got == 0) errno = ECONNRESET;
    if (got <= 0) return 0;
    wire->held += (size_t)got;
  }
}

// A string argument within the event, or NULL where it is none.
static const char *string_at(const struct wire *wire, size_t length, size_t at) {
  uint32_t bytes = 0;
  if (at + sizeof bytes > length) return NULL;
  memcpy(&bytes, wire->in + at, sizeof bytes);
  if (bytes == 0 || bytes > length - at - sizeof bytes || wire->in[at + sizeof bytes + bytes - 1] != '\0') return NULL;
  return (const char *)wire->in + at + sizeof bytes;
}

// Reads until `callback` is done. `manager` becomes the name of the global, if it is announced on the way.
static bool await(struct wire *wire, uint32_t callback, uint32_t *manager) {
  for (;;) {
    const size_t length = next_event(wire);
    uint32_t object = 0;
    uint32_t word = 0;
    uint32_t first = 0;
    if (length == 0) return false;
    memcpy(&object, wire->in, sizeof object);
    memcpy(&word, wire->in + 4, sizeof word);
    if (length >= HEADER_BYTES + sizeof first) memcpy(&first, wire->in + HEADER_BYTES, sizeof first);
    const unsigned opcode = word & 0xffff;
    if (object == DISPLAY && opcode == 0) { // error: object, code, text
      const char *text = string_at(wire, length, HEADER_BYTES + 8);
      snprintf(wire->why, sizeof wire->why, "the compositor says: %.200s", text == NULL ? "a protocol error" : text);
      errno = 0;
      return false;
    }
    if (object == REGISTRY && opcode == 0 && manager != NULL) { // global: name, interface, version
      const char *interface = string_at(wire, length, HEADER_BYTES + 4);
      if (interface != NULL && strcmp(interface, MANAGER) == 0) *manager = first;
    }
    wire->held -= length;
    memmove(wire->in, wire->in + length, wire->held);
    if (object == callback && opcode == 0) return true;
  }
}

static bool connect_to(struct wire *wire, const char *compositor) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  wire->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (strlen(compositor) >= sizeof address.sun_path) errno = ENAMETOOLONG;
  if (wire->socket < 0 || strlen(compositor) >= sizeof address.sun_path) return false;
  memcpy(address.sun_path, compositor, strlen(compositor) + 1);
  return connect(wire->socket, (const struct sockaddr *)&address, sizeof address) == 0;
}

static bool offer(struct wire *wire, const struct operation *operation, const char *instance, const int descriptors[2]) {
  uint32_t manager = 0;
  clock_gettime(CLOCK_MONOTONIC, &wire->until);
  wire->until.tv_sec += PATIENCE_MILLISECONDS / 1000;
  if (!connect_to(wire, operation->source)) return false;
  request_new(wire, DISPLAY, 1, REGISTRY);
  request_new(wire, DISPLAY, 0, LISTED);
  if (!flush(wire, NULL, 0) || !await(wire, LISTED, &manager)) return false;
  if (manager == 0) {
    snprintf(wire->why, sizeof wire->why, "%s", "it no longer offers one");
    errno = 0;
    return false;
  }
  const size_t from = begin(wire, REGISTRY);
  put_number(wire, manager);
  put_string(wire, MANAGER);
  put_number(wire, 1);
  put_number(wire, CONTEXT_MANAGER);
  end(wire, from, 0);
  request_new(wire, CONTEXT_MANAGER, 1, CONTEXT); // create_listener; both descriptors ride along
  request_text(wire, 1, ENGINE);
  request_text(wire, 2, operation->app_id);
  request_text(wire, 3, instance);
  end(wire, begin(wire, CONTEXT), 4); // commit
  end(wire, begin(wire, CONTEXT), 0); // destroy
  request_new(wire, DISPLAY, 0, DONE);
  return flush(wire, descriptors, 2) && await(wire, DONE, NULL);
}

const struct operation *wayland_context_of(const struct plan *plan) {
  for (size_t i = 0; i < plan->operation_count; i++)
    if (plan->operations[i].kind == OPERATION_WAYLAND) return &plan->operations[i];
  return NULL;
}

void wayland_context_make(const struct plan *plan, struct launch *launch) {
  const struct operation *operation = wayland_context_of(plan);
  static struct wire wire = {.socket = -1, .why = "asking the compositor for a security context"}; // too big for the stack's comfort
  if (operation == NULL) return;
  const int descriptors[2] = {launch_take_server(launch, plan, operation), launch->alive};
  const char *slash = plan->instance_directory == NULL ? NULL : strrchr(plan->instance_directory, '/');
  if (!offer(&wire, operation, slash == NULL ? "0" : slash + 1, descriptors)) {
    message_print("front.wayland-context", wire.why, NULL, errno);
    // A compositor that refused may hold its copy of the socket all the same, and a program inside would wait there for ever.
    (void)shutdown(descriptors[0], SHUT_RDWR);
  }
  // INVARIANT: from here on the compositor alone listens there, or nobody does.
  if (wire.socket >= 0) close(wire.socket);
  close(descriptors[0]);
  close(launch->alive);
  launch->alive = -1;
}
