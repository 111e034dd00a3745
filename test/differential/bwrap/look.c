// What a program sees, one fact a line: run under both launchers and compared. Static, so that it needs nothing but itself. Arguments: the path of the
// tree to walk, then how to end (`exit N`, `signal N`).
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DEEPEST 5
#define PROC 0x9fa0
#define SYS 0x62656572

static void copy(const char *label, const char *path) {
  char line[4096];
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    printf("%s none\n", label);
    return;
  }
  while (fgets(line, sizeof line, file) != NULL) printf("%s %s%s", label, line, strchr(line, '\n') == NULL ? "\n" : "");
  fclose(file);
}

static void status(void) {
  static const char *const FIELDS[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", "SigBlk", "SigIgn", "Groups"};
  char line[4096];
  FILE *file = fopen("/proc/self/status", "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++)
      if (strncmp(line, FIELDS[i], strlen(FIELDS[i])) == 0 && line[strlen(FIELDS[i])] == ':') printf("status %s", line);
  if (file != NULL) fclose(file);
}

static void namespaces(void) {
  static const char *const NAMES[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
    char path[64];
    char target[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", NAMES[i]);
    const ssize_t length = readlink(path, target, sizeof target);
    printf("namespace %s %.*s\n", NAMES[i], length < 0 ? 4 : (int)length, length < 0 ? "none" : target);
  }
}

static void descriptors(void) {
  for (int each = 0; each < 256; each++) {
    struct stat found;
    if (fstat(each, &found) == 0) printf("descriptor %d %o %d\n", each, found.st_mode & S_IFMT, fcntl(each, F_GETFD));
  }
}

static void entry(const char *path, const struct stat *found) {
  char text[64];
  printf("entry %s %o %u %u", path, found->st_mode, found->st_uid, found->st_gid);
  if (S_ISCHR(found->st_mode) || S_ISBLK(found->st_mode)) printf(" device %lx", found->st_rdev);
  if (S_ISLNK(found->st_mode)) {
    const ssize_t length = readlink(path, text, sizeof text);
    printf(" to %.*s", length < 0 ? 0 : (int)length, text);
  }
  if (S_ISREG(found->st_mode)) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, text, sizeof text);
    printf(" holds %zd %.*s", length, length < 0 ? 0 : (int)length, text);
    if (file >= 0) close(file);
  }
  printf(" %s\n", access(path, W_OK) == 0 ? "writable" : strerror(errno));
}

// What changes from one look to the next.
static int is_kernel_tree(const char *path) {
  struct statfs system;
  return statfs(path, &system) == 0 && (system.f_type == PROC || system.f_type == SYS);
}

static int by_name(const struct dirent **left, const struct dirent **right) {
  return strcmp((*left)->d_name, (*right)->d_name);
}

static void walk(const char *path, int depth) {
  struct stat found;
  struct dirent **entries = NULL;
  if (lstat(path, &found) != 0) return;
  entry(path, &found);
  const int count = S_ISDIR(found.st_mode) && depth < DEEPEST && !is_kernel_tree(path) ? scandir(path, &entries, NULL, by_name) : 0;
  for (int i = 0; i < count; i++) {
    char below[PATH_MAX];
    if (strcmp(entries[i]->d_name, ".") == 0 || strcmp(entries[i]->d_name, "..") == 0) continue;
    snprintf(below, sizeof below, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entries[i]->d_name);
    walk(below, depth + 1);
  }
}

int main(int argc, char **argv, char **environment) {
  struct utsname host;
  struct rlimit files;
  struct stat root;
  int death = 0;
  char directory[PATH_MAX];
  const mode_t mask = umask(0);
  descriptors();
  for (char **each = environment; *each != NULL; each++) printf("variable %s\n", *each);
  if (uname(&host) == 0) printf("host %s\n", host.nodename);
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) printf("files %lu %lu\n", (unsigned long)files.rlim_cur, (unsigned long)files.rlim_max);
  if (stat("/", &root) == 0) printf("root %o %u %u\n", root.st_mode, root.st_uid, root.st_gid);
  prctl(PR_GET_PDEATHSIG, &death);
  printf("ids %u %u %u %u\numask %o\ndeath %d\ndumpable %d\n", getuid(), geteuid(), getgid(), getegid(), mask, death, prctl(PR_GET_DUMPABLE));
  printf("directory %s\nname %s\n", getcwd(directory, sizeof directory) == NULL ? strerror(errno) : directory, argv[0]);
  printf("process %s\nleader %d\n", getpid() > 2 ? "many" : getpid() == 1 ? "first" : "second", getsid(0) == getpid());
  copy("uid_map", "/proc/self/uid_map");
  copy("gid_map", "/proc/self/gid_map");
  copy("setgroups", "/proc/self/setgroups");
  copy("device", "/proc/self/net/dev");
  status();
  namespaces();
  copy("mount", "/proc/self/mountinfo");
  walk("/dev", 3);
  if (argc > 1) walk(argv[1], 0);
  fflush(stdout);
  const int value = argc > 3 ? atoi(argv[3]) : 0;
  if (argc > 3 && strcmp(argv[2], "signal") == 0) kill(getpid(), value);
  return value;
}
