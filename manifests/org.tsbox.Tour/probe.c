/*
 * The Tour's probe: says what one side of the sandbox sees, as lines KEY=VALUE, so that a script can set two sides beside each other.
 *   tour-probe look [DIR]   identity, processes, mounts, devices, network, environment, bus, and what is refused
 *   tour-probe hold DIR     keeps, outside, the things that `look` tries to reach
 */
#define _GNU_SOURCE
#include "probe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define COLUMN 27 /* a list is cut to what one column of the Tour holds */

void answer(const char *key, const char *format, ...) {
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127) *c = '?';
    printf("%s=%s\n", key, text);
}

const char *words_for(int error) {
    switch (error) {
    case EPERM: return "not permitted";
    case EACCES: return "permission denied";
    case ENOENT: return "not there";
    case ESRCH: return "no such process";
    case EROFS: return "read-only file system";
    case ECONNREFUSED: return "nobody listens";
    case ENETUNREACH: return "no way out";
    case ENOSPC: return "none left (limit 0)";
    case ENOSYS: return "no such call";
    case ENXIO: return "no terminal";
    default: return strerror(error);
    }
}

void answer_try(const char *key, int error) {
    answer(key, "%s", error == 0 ? "allowed" : words_for(error));
}

/* The value after `NAME:` in /proc/self/status. */
static const char *status_of(const char *name) {
    static char line[512];
    FILE *f = fopen("/proc/self/status", "re");
    size_t length = strlen(name);
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            fclose(f);
            char *value = line + length + 1;
            value[strcspn(value, "\n")] = 0;
            return value + strspn(value, " \t");
        }
    if (f) fclose(f);
    return "?";
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory that `wanted` takes, as `12: a b c ..`; their number, or -1. */
static int list_directory(const char *path, int (*wanted)(const char *), char into[COLUMN + 1]) {
    static char *names[4096];
    int count = 0;
    size_t used;
    DIR *d = opendir(path);
    if (!d) return -1;
    for (struct dirent *e; count < 4096 && (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && (!wanted || wanted(e->d_name))) names[count++] = strdup(e->d_name);
    closedir(d);
    qsort(names, (size_t)count, sizeof *names, by_name);
    used = (size_t)snprintf(into, COLUMN + 1, "%d:", count);
    int cut = 0;
    for (int i = 0; i < count; i++) {
        if (!cut && used + 1 + strlen(names[i]) + 3 <= COLUMN) used += (size_t)sprintf(into + used, " %s", names[i]);
        else cut = 1;
        free(names[i]);
    }
    if (cut) strcpy(into + used, " ..");
    return count;
}

static int is_number(const char *name) {
    return name[strspn(name, "0123456789")] == 0;
}

static void answer_list(const char *key, const char *path, int (*wanted)(const char *)) {
    char list[COLUMN + 1];
    int count = list_directory(path, wanted, list);
    if (count < 0) answer(key, "%s", words_for(errno));
    else answer(key, "%s", count == 0 ? "nothing" : list);
}

static void look_at_identity(void) {
    struct utsname host;
    answer("user", "uid %u, gid %u", (unsigned)getuid(), (unsigned)getgid());
    int capabilities = __builtin_popcountll(strtoull(status_of("CapEff"), NULL, 16));
    if (capabilities == 0) answer("capabilities", "none");
    else answer("capabilities", "%d", capabilities);
    answer("no-new-privs", "%s", strcmp(status_of("NoNewPrivs"), "1") == 0 ? "never" : "by setuid programs");
    answer("filter", "%s", strcmp(status_of("Seccomp"), "2") == 0 ? "yes" : "no");
    if (uname(&host) == 0) answer("hostname", "%s", host.nodename);
}

static void look_at_processes(void) {
    char list[COLUMN + 1], name[64] = "?";
    int count = list_directory("/proc", is_number, list);
    FILE *f = fopen("/proc/1/comm", "re");
    if (f) {
        if (fgets(name, sizeof name, f)) name[strcspn(name, "\n")] = 0;
        fclose(f);
    }
    answer("processes", "%d", count);
    answer("first-process", "%s", name);
    answer("own-pid", "%d", getpid());
}

static void look_at_files(void) {
    static char line[8192];
    int mounts = 0;
    const char *home = getenv("HOME");
    FILE *f = fopen("/proc/self/mountinfo", "re");
    while (f && fgets(line, sizeof line, f)) mounts++;
    if (f) fclose(f);
    answer("mounts", "%d", mounts);
    answer_list("root-directory", "/", NULL);
    answer("home", "%s", home ? home : "?");
    answer_list("in-home", home ? home : "/", NULL);
    answer_list("in-tmp", "/tmp", NULL);
    answer_list("devices", "/dev", NULL);
}

static void look_at_network(void) {
    char names[128] = "";
    struct if_nameindex *all = if_nameindex();
    for (struct if_nameindex *i = all; i && i->if_index; i++) snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i == all ? "" : " ", i->if_name);
    if (all) if_freenameindex(all);
    answer("interfaces", "%s", names);
    answer_list("sys-class-net", "/sys/class/net", NULL);
    /* connect on a datagram socket only looks for a route: nothing is sent (192.0.2.1 is for documentation, RFC 5737) */
    struct sockaddr_in far = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 || connect(fd, (struct sockaddr *)&far, sizeof far) < 0 ? errno : 0;
    answer("route", "%s", error == 0 ? "yes" : words_for(error));
    if (fd >= 0) close(fd);
}

static void look_at_environment(char **environment) {
    int count = 0;
    const char *secret = getenv("TOUR_SECRET");
    while (environment[count]) count++;
    answer("variables", "%d", count);
    answer("secret-variable", "%s", secret ? secret : "not set");
}

/* In a child, so that a call that is allowed changes nothing here. */
static int in_child(int (*try)(void)) {
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) _exit(try() == 0 ? 0 : errno);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int try_user_namespace(void) { return unshare(CLONE_NEWUSER); }

static int open_and_close(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static void look_at_refusals(const struct things *things) {
    /* each would do no harm where it is allowed */
    answer_try("write-usr", access("/usr", W_OK) < 0 ? errno : 0);
    int error = mount("none", "/", "no-such-file-system", 0, NULL) < 0 ? errno : 0;
    answer_try("mount", error == ENODEV ? 0 : error);
    answer_try("user-namespace", in_child(try_user_namespace));
    answer_try("kernel-log", open_and_close("/dev/kmsg", O_RDONLY | O_NONBLOCK));
    error = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 0) < 0 ? errno : 0;
    answer_try("keyring", error == ENOKEY ? 0 : error);
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    error = terminal < 0 ? errno : ioctl(terminal, TIOCSTI, NULL) < 0 ? errno : 0;
    answer_try("type-ahead", error == EFAULT ? 0 : error); /* with no character to type the kernel stops there */
    if (terminal >= 0) close(terminal);
    if (things) answer_try("trace", ptrace(PTRACE_SEIZE, things->pid, 0, 0) < 0 ? errno : 0); /* our own end, next, lets it go */
}

int main(int argc, char **argv, char **environment) {
    struct things things = { 0 };
    if (argc == 3 && strcmp(argv[1], "hold") == 0) return hold(argv[2]);
    if (argc < 2 || strcmp(argv[1], "look") != 0) return 2;
    int have = argc == 3 && read_things(argv[2], &things) == 0;
    look_at_identity();
    look_at_processes();
    look_at_files();
    look_at_network();
    look_at_environment(environment);
    if (have) look_at_things(&things);
    look_at_bus();
    look_at_refusals(have ? &things : NULL);
    return 0;
}
