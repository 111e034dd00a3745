#include "bus-wire.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what) {
    dprintf(2, "bus-load: %s: %s\n", what, strerror(errno));
    return -1;
}

static int line_starts(int fd, const char *with) {
    char line[256];
    size_t at = 0;
    while (at + 1 < sizeof line && read(fd, line + at, 1) == 1)
        if (line[at++] == '\n') break;
    line[at] = 0;
    return strncmp(line, with, strlen(with)) == 0;
}

int bus_open(struct bus *bus) {
    const char *text = getenv("DBUS_SESSION_BUS_ADDRESS");
    const char *from = text ? strstr(text, "unix:path=") : NULL;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char line[128], hex[64] = "", digits[24];
    errno = EINVAL;
    if (!from) return fail("DBUS_SESSION_BUS_ADDRESS");
    size_t length = strcspn(from += 10, ",;");
    if (length + 1 > sizeof address.sun_path) return fail("address");
    memcpy(address.sun_path, from, length);
    memset(bus, 0, sizeof *bus);
    bus->size = 4 << 20;
    bus->in = malloc(bus->size);
    bus->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!bus->in || bus->fd < 0 || connect(bus->fd, (struct sockaddr *)&address, sizeof address) < 0) return fail("connect");
    snprintf(digits, sizeof digits, "%u", (unsigned)getuid());
    for (unsigned i = 0; digits[i]; i++) sprintf(hex + 2 * i, "%02x", (unsigned)digits[i]);
    int size = snprintf(line, sizeof line, "%cAUTH EXTERNAL %s\r\n", 0, hex);
    if (write(bus->fd, line, (size_t)size) != size || !line_starts(bus->fd, "OK ")) return fail("authenticate");
    if (write(bus->fd, "NEGOTIATE_UNIX_FD\r\n", 19) != 19 || !line_starts(bus->fd, "AGREE")) return fail("negotiate");
    return write(bus->fd, "BEGIN\r\n", 7) == 7 ? 0 : fail("begin");
}

int bus_hello(struct bus *bus) { return bus_ask(bus, "Hello", NULL, -1); }

static uint32_t u32(const unsigned char *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static int fill(struct bus *bus, int wait) {
    char control[CMSG_SPACE(253 * sizeof(int))];
    if (bus->from > 0 && bus->size - bus->to < (1 << 18)) {
        memmove(bus->in, bus->in + bus->from, bus->to - bus->from);
        bus->to -= bus->from, bus->from = 0;
    }
    struct iovec piece = { bus->in + bus->to, bus->size - bus->to };
    struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    ssize_t got = recvmsg(bus->fd, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) return -1;
    bus->to += (size_t)got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c))
        for (size_t i = 0; c->cmsg_type == SCM_RIGHTS && i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            close(fd);
        }
    return 1;
}

int bus_next(struct bus *bus, struct message *message, int wait) {
    for (;;) {
        const unsigned char *at = bus->in + bus->from;
        size_t there = bus->to - bus->from;
        if (there >= 16) {
            size_t fields = u32(at + 12), head = (16 + fields + 7) & ~(size_t)7, total = head + u32(at + 4);
            if (there >= total) {
                memset(message, 0, sizeof *message);
                message->type = at[1], message->serial = u32(at + 8), message->body_length = u32(at + 4), message->body = at + head;
                message->member = message->sender = "";
                for (size_t next = 16; next + 8 <= 16 + fields;) {
                    unsigned code = at[next], kind = at[next + 2];
                    if (code == 5) message->reply_serial = u32(at + next + 4);
                    if (code == 3) message->member = (const char *)at + next + 8;
                    if (code == 7) message->sender = (const char *)at + next + 8;
                    next += kind == 'g' ? 4 + 1 + at[next + 4] + 1u : kind == 'u' ? 8 : 8 + u32(at + next + 4) + 1;
                    next = (next + 7) & ~(size_t)7;
                }
                bus->from += total;
                return 1;
            }
        }
        int more = fill(bus, wait);
        if (more <= 0 && !(more == 0 && wait)) return more;
    }
}

static size_t field(unsigned char *into, size_t at, unsigned code, char type, const char *text, uint32_t number) {
    while (at % 8) into[at++] = 0;
    into[at] = (unsigned char)code, into[at + 1] = 1, into[at + 2] = (unsigned char)type, into[at + 3] = 0;
    at += 4;
    uint32_t length = type == 'u' ? number : (uint32_t)strlen(text);
    if (type == 'g') into[at++] = (unsigned char)length;
    else {
        memcpy(into + at, &length, 4);
        at += 4;
    }
    if (type == 'u') return at;
    memcpy(into + at, text, length + 1);
    return at + length + 1;
}

size_t bus_write(unsigned char *into, int type, uint32_t serial, uint32_t reply_serial, const char *destination, const char *member, const char *signature,
                 const void *body, size_t body_length, unsigned descriptors) {
    uint32_t size = (uint32_t)body_length;
    const int to_bus = strcmp(destination, BUS_NAME) == 0;
    size_t at = 16;
    memset(into, 0, 16);
    into[0] = 'l', into[1] = (unsigned char)type, into[3] = 1;
    memcpy(into + 4, &size, 4);
    memcpy(into + 8, &serial, 4);
    if (*member) {
        at = field(into, at, 1, 'o', to_bus ? "/org/freedesktop/DBus" : LOAD_PATH, 0);
        at = field(into, at, 2, 's', to_bus ? BUS_NAME : LOAD_NAME, 0);
        at = field(into, at, 3, 's', member, 0);
    }
    if (reply_serial) at = field(into, at, 5, 'u', NULL, reply_serial);
    if (*destination) at = field(into, at, 6, 's', destination, 0);
    if (*signature) at = field(into, at, 8, 'g', signature, 0);
    if (descriptors) at = field(into, at, 9, 'u', NULL, descriptors);
    uint32_t fields = (uint32_t)(at - 16);
    memcpy(into + 12, &fields, 4);
    while (at % 8) into[at++] = 0;
    if (body_length) memcpy(into + at, body, body_length);
    return at + body_length;
}

int bus_send(struct bus *bus, const void *bytes, size_t length, int descriptor) {
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    for (size_t at = 0; at < length;) {
        struct iovec piece = { (char *)bytes + at, length - at };
        struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1 };
        if (descriptor >= 0 && at == 0) {
            header.msg_control = control, header.msg_controllen = sizeof control;
            struct cmsghdr *c = CMSG_FIRSTHDR(&header);
            c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
        }
        ssize_t sent = sendmsg(bus->fd, &header, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        at += (size_t)sent;
    }
    return 0;
}

int bus_ask(struct bus *bus, const char *member, const char *text, long more) {
    unsigned char body[512] = { 0 }, bytes[1024];
    struct message message;
    uint32_t length = text ? (uint32_t)strlen(text) : 0, number = (uint32_t)more, serial = ++bus->serial;
    size_t size = 0;
    if (text) {
        memcpy(body, &length, 4);
        memcpy(body + 4, text, length);
        size = 4 + length + 1;
        if (more >= 0) {
            size = (size + 3) & ~(size_t)3;
            memcpy(body + size, &number, 4);
            size += 4;
        }
    }
    size = bus_write(bytes, CALL, serial, 0, BUS_NAME, member, text ? more >= 0 ? "su" : "s" : "", body, size, 0);
    if (bus_send(bus, bytes, size, -1) < 0) return fail(member);
    do
        if (bus_next(bus, &message, 1) < 0) return fail(member);
    while (message.reply_serial != serial);
    if (message.type == RETURN) return 0;
    errno = EACCES;
    return fail(member);
}
