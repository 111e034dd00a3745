/* The program that the benchmark starts in every sandbox: tells the time of its `main`, of its first bus reply, or shows a window. */
#include "x11.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Standard output goes through every sandbox, so the times travel there, one line each, at once. */
static void tell(const char *what, long long time) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s %lld\n", what, time);
    if (write(1, line, (size_t)length) != length) _exit(3);
}

static int fail(const char *what) {
    dprintf(2, "probe: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The first `unix:path=` or `unix:abstract=` of the address; a guid may follow. */
static int connect_bus(void) {
    const char *text = getenv("DBUS_SESSION_BUS_ADDRESS"), *from;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int abstract = 0;
    errno = EINVAL;
    if (!text) return -1;
    if ((from = strstr(text, "unix:path="))) from += 10;
    else if ((from = strstr(text, "unix:abstract="))) from += 14, abstract = 1;
    else return -1;
    size_t length = strcspn(from, ",;");
    if (length + 2 > sizeof address.sun_path) return -1;
    memcpy(address.sun_path + abstract, from, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, size) < 0) return -1;
    return fd;
}

static int read_line(int fd, char *into, size_t size) {
    size_t at = 0;
    while (at + 1 < size && read(fd, into + at, 1) == 1)
        if (into[at++] == '\n') {
            into[at] = 0;
            return 0;
        }
    return -1;
}

static unsigned put_field(unsigned char *at, unsigned char code, const char *type, const char *value) {
    uint32_t length = (uint32_t)strlen(value);
    at[0] = code, at[1] = 1, at[2] = (unsigned char)type[0], at[3] = 0;
    memcpy(at + 4, &length, 4);
    memcpy(at + 8, value, length + 1);
    return (8 + length + 1 + 7) & ~7u;
}

/* `Hello` to the bus itself (D-Bus specification, Message Protocol), little endian, serial 1. */
static unsigned hello_message(unsigned char message[256]) {
    unsigned at = 16, last;
    memset(message, 0, 256);
    memcpy(message, "l\1\0\1\0\0\0\0\1\0\0\0", 12);
    at += put_field(message + at, 1, "o", "/org/freedesktop/DBus");
    at += put_field(message + at, 2, "s", "org.freedesktop.DBus");
    at += put_field(message + at, 6, "s", "org.freedesktop.DBus");
    last = at;
    at += put_field(message + at, 3, "s", "Hello");
    uint32_t fields = last + 8 + 6 - 16;
    memcpy(message + 12, &fields, 4);
    return at;
}

static int first_reply(void) {
    char line[256], hex[64] = "", digits[24];
    unsigned char message[4096];
    int fd = connect_bus();
    if (fd < 0) return fail("connect to the session bus");
    snprintf(digits, sizeof digits, "%u", (unsigned)getuid());
    for (unsigned i = 0; digits[i]; i++) sprintf(hex + 2 * i, "%02x", (unsigned)digits[i]);
    int length = snprintf(line, sizeof line, "%cAUTH EXTERNAL %s\r\n", 0, hex);
    if (write(fd, line, (size_t)length) != length || read_line(fd, line, sizeof line) < 0 || strncmp(line, "OK ", 3)) return fail("authenticate");
    if (write(fd, "NEGOTIATE_UNIX_FD\r\n", 19) != 19 || read_line(fd, line, sizeof line) < 0) return fail("negotiate");
    memcpy(message, "BEGIN\r\n", 7);
    unsigned size = 7 + hello_message(message + 7);
    if (write(fd, message, size) != (ssize_t)size) return fail("send Hello");
    ssize_t got = read(fd, message, sizeof message);
    if (got < 16 || message[1] != 2) return fail("no reply to Hello");
    tell("reply", now());
    return 0;
}

static int window(void) {
    struct x11 x;
    uint8_t packet[32];
    if (x11_connect(&x) < 0 || x11_map_window(&x) < 0) return 1;
    while (x11_read(&x, packet, 1) > 0) {} /* the spawner ends us once it has seen the window */
    return 0;
}

static int count_mounts(void) {
    static char data[1 << 20];
    FILE *f = fopen("/proc/self/mountinfo", "re");
    long long lines = 0;
    if (!f) return fail("/proc/self/mountinfo");
    while (fgets(data, sizeof data, f)) lines++;
    fclose(f);
    tell("mounts", lines);
    return 0;
}

/* probe main | reply | window | mounts | stay */
int main(int argc, char **argv) {
    long long start = now();
    const char *mode = argc > 1 ? argv[1] : "main";
    tell("main", start);
    if (strcmp(mode, "reply") == 0) return first_reply();
    if (strcmp(mode, "window") == 0) return window();
    if (strcmp(mode, "mounts") == 0) return count_mounts();
    if (strcmp(mode, "stay") == 0) {
        if (getenv("DBUS_SESSION_BUS_ADDRESS") && first_reply() != 0) return 1;
        for (;;) pause();
    }
    return 0;
}
