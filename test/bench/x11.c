/* The smallest part of the X11 protocol that a benchmark needs. Source: X Window System Protocol, X Version 11, chapter 8 and appendix B. */
#include "x11.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int read_all(int fd, void *into, unsigned length) {
    uint8_t *at = into;
    while (length > 0) {
        ssize_t got = read(fd, at, length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return -1;
        at += got;
        length -= (unsigned)got;
    }
    return 0;
}

int x11_write(struct x11 *x, const void *data, unsigned length) {
    const uint8_t *at = data;
    while (length > 0) {
        ssize_t sent = send(x->fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        at += sent;
        length -= (unsigned)sent;
    }
    return 0;
}

/* One counted string of an Xauthority file (big endian), or -1. */
static int counted(const uint8_t *data, unsigned size, unsigned *at, const uint8_t **value, unsigned *length) {
    if (*at + 2 > size) return -1;
    *length = (unsigned)data[*at] << 8 | data[*at + 1];
    *at += 2;
    if (*at + *length > size) return -1;
    *value = data + *at;
    *at += *length;
    return 0;
}

/* The cookie of this display number; an entry without a number serves every display. */
static int find_cookie(const char *number, uint8_t cookie[16]) {
    static uint8_t data[65536];
    const char *path = getenv("XAUTHORITY");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return -1;
    ssize_t size = read(fd, data, sizeof data);
    close(fd);
    for (unsigned at = 0; size > 0 && at + 2 <= (unsigned)size;) {
        const uint8_t *field[4];
        unsigned length[4];
        at += 2; /* the family of the address: a benchmark has one display */
        for (int i = 0; i < 4; i++)
            if (counted(data, (unsigned)size, &at, &field[i], &length[i]) < 0) return -1;
        int same = length[1] == 0 || (length[1] == strlen(number) && memcmp(field[1], number, length[1]) == 0);
        if (same && length[2] == 18 && memcmp(field[2], "MIT-MAGIC-COOKIE-1", 18) == 0 && length[3] == 16) {
            memcpy(cookie, field[3], 16);
            return 0;
        }
    }
    return -1;
}

static int connect_display(const char *number) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/.X11-unix/X%s", number);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int x11_connect(struct x11 *x) {
    char number[12] = "";
    const char *display = getenv("DISPLAY"), *colon = display ? strrchr(display, ':') : NULL;
    for (unsigned i = 0; colon && i + 1 < sizeof number && colon[1 + i] >= '0' && colon[1 + i] <= '9'; i++) number[i] = colon[1 + i];
    x->fd = number[0] ? connect_display(number) : -1;
    if (x->fd < 0) {
        fprintf(stderr, "cannot reach the display `%s`\n", display ? display : "");
        return -1;
    }
    uint8_t hello[12 + 20 + 16] = { 'l', 0, 11, 0, 0, 0, 18, 0, 16, 0, 0, 0 }, cookie[16];
    unsigned length = sizeof hello;
    if (find_cookie(number, cookie) == 0) {
        memcpy(hello + 12, "MIT-MAGIC-COOKIE-1", 18);
        memcpy(hello + 32, cookie, 16);
    } else {
        hello[6] = hello[8] = 0;
        length = 12;
    }
    static uint8_t answer[65536 * 4];
    if (x11_write(x, hello, length) < 0 || read_all(x->fd, answer, 8) < 0) return -1;
    unsigned rest = 4u * ((unsigned)answer[6] | (unsigned)answer[7] << 8);
    if (rest > sizeof answer || read_all(x->fd, answer, rest) < 0) return -1;
    if (rest < 32) {
        fprintf(stderr, "the display refused the connection\n");
        return -1;
    }
    unsigned vendor = (unsigned)answer[16] | (unsigned)answer[17] << 8, formats = answer[21];
    unsigned screen = 32 + ((vendor + 3) & ~3u) + 8 * formats;
    if (screen + 36 > rest) return -1;
    memcpy(&x->id_base, answer + 4, 4);
    memcpy(&x->root, answer + screen, 4);
    memcpy(&x->root_visual, answer + screen + 32, 4);
    return 0;
}

int x11_read(struct x11 *x, uint8_t packet[32], int wait) {
    struct pollfd p = { .fd = x->fd, .events = POLLIN };
    if (!wait && poll(&p, 1, 0) <= 0) return 0;
    return read_all(x->fd, packet, 32) < 0 ? -1 : 1;
}

int x11_watch_root(struct x11 *x) {
    /* ChangeWindowAttributes (2), value mask event-mask (0x800), SubstructureNotify (0x80000) */
    uint32_t request[4] = { 2u | 4u << 16, x->root, 0x800, 0x80000 };
    return x11_write(x, request, sizeof request);
}

int x11_kill_client(struct x11 *x, uint32_t window) {
    uint32_t request[2] = { 113u | 2u << 16, window };
    return x11_write(x, request, sizeof request);
}

int x11_map_window(struct x11 *x) {
    uint32_t window = x->id_base | 1;
    /* CreateWindow (1): depth from the parent, place 0,0, size 100x100, border 0, class InputOutput (1), visual from the parent, no values */
    uint32_t create[8] = { 1u | 8u << 16, window, x->root, 0, 100u | 100u << 16, 0u | 1u << 16, 0, 0 };
    uint32_t map[2] = { 8u | 2u << 16, window };
    return x11_write(x, create, sizeof create) < 0 || x11_write(x, map, sizeof map) < 0 ? -1 : 0;
}
