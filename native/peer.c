// A uid alone proves nothing, since whoever is confined, by us or another tool, has ours too. Who listened is known by the kernel from listen(2).
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

// The process behind a pidfd as our procfs numbers it: 0 where our pid namespace does not show it, -1 where it has ended or cannot be read.
static long pid_behind(int pidfd) {
  char path[40];
  char text[1024];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  if (length <= 0) return -1;
  text[length] = '\0';
  const char *line = strstr(text, "\nPid:");
  return line == NULL ? -1 : strtol(line + sizeof "\nPid:" - 1, NULL, 10);
}

static int compare_namespaces(long pid) {
  static const char *const KINDS[] = {"user", "mnt", "pid"};
  for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
    char theirs[48];
    char ours[32];
    struct stat left;
    struct stat right;
    snprintf(theirs, sizeof theirs, "/proc/%ld/ns/%s", pid, KINDS[i]);
    snprintf(ours, sizeof ours, "/proc/self/ns/%s", KINDS[i]);
    if (stat(theirs, &left) != 0 || stat(ours, &right) != 0) return errno == ENOENT ? ESRCH : errno;
    if (left.st_dev != right.st_dev || left.st_ino != right.st_ino) return EXDEV;
  }
  return 0;
}

// INVARIANT: what is read of a pid belongs to the peer only if the pidfd still names that pid afterwards.
static int compare(int pidfd) {
  const long pid = pid_behind(pidfd);
  if (pid <= 0) return pid == 0 ? EXDEV : ESRCH;
  const int result = compare_namespaces(pid);
  return pid_behind(pidfd) == pid ? result : ESRCH;
}

int peer_beside_us(int connection, pid_t *pid) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  int pidfd = -1;
  if (pid != NULL) *pid = -1;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return errno;
  if (pid != NULL) *pid = peer.pid;
  if (peer.uid != geteuid()) return EPERM;
  // Of a process that our pid namespace does not show.
  if (peer.pid <= 0) return EXDEV;
  length = sizeof pidfd;
  // Before Linux 6.5 a pidfd by number stands in: a pid used again since listen(2) would be believed.
  if (getsockopt(connection, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) != 0) pidfd = errno == ENOPROTOOPT ? (int)syscall(SYS_pidfd_open, peer.pid, 0) : -1;
  if (pidfd < 0) return errno == EINVAL ? ESRCH : errno;
  const int result = compare(pidfd);
  close(pidfd);
  return result;
}
