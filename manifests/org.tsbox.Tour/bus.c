/* The session bus as this side sees it, spoken to directly: Hello, ListNames, and two requests for names. D-Bus specification, Message Protocol. */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* What the outside calls itself on the bus, for the inside not to see. */
#define HOLDER_NAME "org.tsbox.TourOutside"

struct reply {
    int type; /* 2 = return, 3 = error */
    char error[128];
    uint8_t body[65536];
    uint32_t size;
};

static int read_all(int fd, void *into, size_t size) {
    uint8_t *at = into;
    while (size > 0) {
        ssize_t got = read(fd, at, size);
        if (got <= 0) return -1;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

static int connect_bus(void) {
    const char *text = getenv("DBUS_SESSION_BUS_ADDRESS"), *from = text ? strstr(text, "unix:") : NULL;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char fallback[120];
    if (!from) {
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        if (!runtime || snprintf(fallback, sizeof fallback, "unix:path=%s/bus", runtime) >= (int)sizeof fallback) return -1;
        from = fallback;
    }
    int abstract = strncmp(from, "unix:abstract=", 14) == 0;
    from = strchr(from, '=') + 1;
    size_t length = strcspn(from, ",;");
    if (length + 2 > sizeof address.sun_path) return -1;
    memcpy(address.sun_path + abstract, from, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { .tv_sec = 5 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return fd >= 0 && connect(fd, (struct sockaddr *)&address, size) == 0 ? fd : -1;
}

static int authenticate(int fd) {
    char line[128], digits[24], hex[64] = "";
    snprintf(digits, sizeof digits, "%u", (unsigned)getuid());
    for (unsigned i = 0; digits[i]; i++) snprintf(hex + 2 * i, 3, "%02x", (unsigned char)digits[i]);
    int length = snprintf(line, sizeof line, "%cAUTH EXTERNAL %s\r\n", 0, hex);
    if (write(fd, line, (size_t)length) != length) return -1;
    ssize_t got = read(fd, line, sizeof line - 1);
    if (got < 3 || strncmp(line, "OK ", 3)) return -1;
    return write(fd, "BEGIN\r\n", 7) == 7 ? 0 : -1;
}

static unsigned put_field(uint8_t *at, uint8_t code, char type, const char *value) {
    uint32_t length = (uint32_t)strlen(value);
    uint8_t head[4] = { code, 1, (uint8_t)type, 0 };
    memcpy(at, head, 4);
    memcpy(at + 4, &length, 4);
    memcpy(at + 8, value, length + 1);
    return (8 + length + 1 + 7) & ~7u;
}

/* A call of the bus's own interface; `name` gives the arguments of RequestName (a string and flags 4, do not queue). */
static int send_call(int fd, uint32_t serial, const char *member, const char *name) {
    uint8_t message[512] = { 'l', 1, 0, 1 };
    uint32_t at = 16, body = 0;
    at += put_field(message + at, 1, 'o', "/org/freedesktop/DBus");
    at += put_field(message + at, 2, 's', "org.freedesktop.DBus");
    at += put_field(message + at, 6, 's', "org.freedesktop.DBus");
    at += put_field(message + at, 3, 's', member);
    uint32_t fields = at - 16; /* counts the padding after the last field, which the next line may add to */
    if (name) {
        memcpy(message + at, "\x08\x01g\0\x02su\0", 8);
        fields = at + 8 - 16;
        at += 8;
        uint32_t length = (uint32_t)strlen(name), flags = 4, start = at;
        memcpy(message + at, &length, 4);
        memcpy(message + at + 4, name, length + 1);
        at = (at + 4 + length + 1 + 3) & ~3u;
        memcpy(message + at, &flags, 4);
        at += 4;
        body = at - start;
    } else {
        fields = (uint32_t)(at - 16 - ((8 - (strlen(member) + 1) % 8) % 8)); /* without the padding of the last field */
    }
    memcpy(message + 4, &body, 4);
    memcpy(message + 8, &serial, 4);
    memcpy(message + 12, &fields, 4);
    return write(fd, message, at) == (ssize_t)at ? 0 : -1;
}

/* The error name is the header field 4: found by its signature, as this bus is our own. */
static void find_error(const uint8_t *fields, uint32_t size, char error[128]) {
    for (uint32_t i = 0; i + 9 < size; i += 8) {
        uint32_t length;
        if (fields[i] != 4 || fields[i + 1] != 1 || fields[i + 2] != 's') continue;
        memcpy(&length, fields + i + 4, 4);
        if (length < 127 && i + 8 + length < size) {
            memcpy(error, fields + i + 8, length);
            error[length] = 0;
        }
        return;
    }
}

static int read_reply(int fd, struct reply *r) {
    uint8_t head[16], fields[4096];
    for (;;) {
        uint32_t length;
        if (read_all(fd, head, 16) < 0) return -1;
        memcpy(&r->size, head + 4, 4);
        memcpy(&length, head + 12, 4);
        length = (length + 7) & ~7u;
        if (length > sizeof fields || r->size > sizeof r->body || read_all(fd, fields, length) < 0 || read_all(fd, r->body, r->size) < 0) return -1;
        r->type = head[1];
        r->error[0] = 0;
        if (r->type == 3) find_error(fields, length, r->error);
        if (r->type == 2 || r->type == 3) return 0;
    }
}

static int call(int fd, uint32_t *serial, const char *member, const char *name, struct reply *r) {
    return send_call(fd, ++*serial, member, name) < 0 ? -1 : read_reply(fd, r);
}

/* How many names, and the first well-known ones. */
static void answer_names(const struct reply *r) {
    char list[400] = "";
    unsigned connections = 0, known = 0, holder = 0;
    for (uint32_t at = 4; at + 5 <= r->size;) {
        uint32_t length;
        memcpy(&length, r->body + at, 4);
        const char *name = (const char *)r->body + at + 4;
        if (at + 5 + length > r->size) break;
        if (strcmp(name, HOLDER_NAME) == 0) holder = 1;
        if (name[0] == ':') connections++;
        else if (++known <= 3) snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", known > 1 ? " " : "", name);
        at = (at + 4 + length + 1 + 3) & ~3u;
    }
    answer("bus-connections", "%u", connections);
    answer("bus-holder", "%s", holder ? "seen" : "not seen");
    answer("bus-names", "%u%s%s", known, known > 0 ? ": " : "", list);
}

static void answer_request(const char *key, int got, const struct reply *r) {
    const char *dot = strrchr(r->error, '.');
    if (got < 0) answer(key, "no answer");
    else if (r->type == 3) answer(key, "%s", dot ? dot + 1 : r->error);
    else answer(key, "allowed");
}

int hold_bus_name(void) {
    static struct reply r;
    uint32_t serial = 0;
    int fd = connect_bus();
    if (fd < 0 || authenticate(fd) < 0 || call(fd, &serial, "Hello", NULL, &r) < 0 || call(fd, &serial, "RequestName", HOLDER_NAME, &r) < 0) return -1;
    return fd;
}

void look_at_bus(void) {
    static struct reply r;
    uint32_t serial = 0;
    int fd = connect_bus();
    if (fd < 0 || authenticate(fd) < 0 || call(fd, &serial, "Hello", NULL, &r) < 0 || r.type != 2) {
        answer("bus", "none");
        if (fd >= 0) close(fd);
        return;
    }
    answer("bus", "there");
    if (call(fd, &serial, "ListNames", NULL, &r) == 0 && r.type == 2) answer_names(&r);
    answer_request("bus-own", call(fd, &serial, "RequestName", "org.tsbox.Tour", &r), &r);
    answer_request("bus-own-other", call(fd, &serial, "RequestName", "org.example.SomeoneElse", &r), &r);
    close(fd);
}
