// /dev as bubblewrap makes it: a tmpfs with six harmless nodes of the host, links, an own devpts, and the terminal as console.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

static void place(const struct sandbox *box, const struct operation *operation, int directory, int tree, const char *name) {
  // INVARIANT: `directory` is a tmpfs made a moment ago, so `name` is no link.
  const int file = openat(directory, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0444);
  if (file < 0) sandbox_stop(box, operation, "dev", name);
  close(file);
  if (sys_move_mount(tree, "", directory, name, MOVE_MOUNT_F_EMPTY_PATH) != 0) sandbox_stop(box, operation, "dev", name);
  close(tree);
}

void devices_make(struct sandbox *box, const struct operation *operation) {
  static const char *const NODES[] = {"null", "zero", "full", "random", "urandom", "tty", "console"};
  static const char *const LINKS[][2] = {
    {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
    {"fd", "/proc/self/fd"}, {"core", "/proc/kcore"}, {"ptmx", "pts/ptmx"},
  };
  static const char *const DIRECTORY_OPTIONS[][2] = {{"mode", "0755"}};
  static const char *const PTS_OPTIONS[][2] = {{"ptmxmode", "0666"}, {"mode", "620"}};
  const int directory = mount_new("tmpfs", DIRECTORY_OPTIONS, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (directory < 0) sandbox_stop(box, operation, "dev", operation->destination);
  destination_attach(box, operation, directory, true);
  for (size_t i = 0; i < DEVICE_COUNT; i++)
    if (operation->nodes[i] >= 0) place(box, operation, directory, operation->nodes[i], NODES[i]);
  for (size_t i = 0; i < sizeof LINKS / sizeof LINKS[0]; i++)
    if (symlinkat(LINKS[i][1], directory, LINKS[i][0]) != 0) sandbox_stop(box, operation, "dev", LINKS[i][0]);
  // 1777 as on any host: POSIX shared memory of the app, of nobody else. bubblewrap's is the user's alone.
  if (mkdirat(directory, "shm", box->plan->bubblewrap ? 0755 : 01777) != 0) sandbox_stop(box, operation, "dev", "shm");
  if (mkdirat(directory, "pts", 0755) != 0) sandbox_stop(box, operation, "dev", "pts");
  const int pts = mount_new("devpts", PTS_OPTIONS, 2, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  if (pts < 0 || sys_move_mount(pts, "", directory, "pts", MOVE_MOUNT_F_EMPTY_PATH) != 0) sandbox_stop(box, operation, "devpts", "pts");
  close(pts);
  if (!destination_is_root(operation->destination)) close(directory);
}
