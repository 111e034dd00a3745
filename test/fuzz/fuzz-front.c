/* The front's side of its protocol with the broker: acknowledged already, it obeys frames until the end. Nothing is launched and nothing executed. */
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../../native/launch.h"

/* Of front.c, with what would act taken out. */
#define main front_main_of_tsbox
#define execve(file, words, variables) ((void)(file), (void)(words), (void)(variables), -1)
#define write(descriptor, from, length) ((void)(descriptor), (void)(from), (ssize_t)(length))
#define launch_start(launch, plan, caller, watch, failure) stand_until_go(launch, failure)
/* A sandbox that stands at once, and then waits for the broker's word as a real one does. */
static bool stand_until_go(struct launch *launch, struct failure *failure) {
  if (launch->may_go != NULL) (void)launch->may_go(launch, launch->who, failure);
  launch->interrupted = true;
  return false;
}
int front_main_of_tsbox(int argc, char **argv, char **environment);
#include "../../native/front.c"
#undef write

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char *arguments[] = {"run", "org.example.App", NULL};
static char *variables[] = {"PATH=/usr/bin", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static int quiet;
  int pair[2];
  if (quiet == 0) quiet = dup2(open("/dev/null", O_WRONLY), 1) == 1;
  if (size > 200000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return 0;
  const int room = 1 << 20;
  (void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  for (size_t done = 0; done < size;) {
    const ssize_t sent = send(pair[1], bytes + done, size - done, MSG_DONTWAIT);
    if (sent <= 0) break;
    done += (size_t)sent;
  }
  shutdown(pair[1], SHUT_WR);
  struct caller caller = {.argc = 2, .argv = arguments, .environment = variables, .cwd = "/", .uid = 1000, .gid = 1000};
  struct runtime runtime = {.fallback = false};
  struct stopwatch watch = {.count = 0};
  struct broker_client client = {.runtime = &runtime, .caller = &caller, .build = "/nowhere/", .reader = {.socket = pair[0]}};
  (void)follow_broker(&client, &caller, &watch);
  close(pair[0]);
  close(pair[1]);
  arena_empty();
  return 0;
}
