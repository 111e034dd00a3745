/* What the bus process may say to the connector: any bytes, in two pieces, with and without descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

#include "../../native/connector-serve.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void say(int socket_, const uint8_t *bytes, size_t size, int descriptors) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * 4)];
    struct cmsghdr align;
  } control;
  struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (descriptors > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)descriptors);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)descriptors);
    for (int i = 0; i < descriptors; i++) memcpy(CMSG_DATA(rights) + (size_t)i * sizeof(int), &null, sizeof null);
  }
  (void)!sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  close(null);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static struct plan plan = {.bus_count = 1};
  static struct connection connections[MAX_CONNECTIONS];
  static unsigned char room[READ_AHEAD];
  int pair[2];
  if (size < 3 || size > READ_AHEAD || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return 0;
  plan.buses[0].name = "session";
  plan.buses[0].address = "@tsbox-fuzz-nobody-listens";
  struct server server = {.plan = &plan, .connections = connections, .bytes = room, .requests = pair[0]};
  const size_t cut = 2 + bytes[0] % (size - 2);
  say(pair[1], bytes + 2, cut - 2 + (cut == 2), bytes[1] % 4);
  bool sound = serve_requests(&server);
  if (sound && cut > 2) {
    say(pair[1], bytes + cut, size - cut, bytes[1] / 4 % 4);
    for (int round = 0; sound && round < 4; round++) sound = serve_requests(&server);
  }
  while (server.count > 0) forget(&server, 0);
  close_all(server.kept, &server.kept_count);
  close_all(server.descriptors, &server.descriptor_count);
  close(pair[0]);
  close(pair[1]);
  arena_empty();
  return 0;
}
