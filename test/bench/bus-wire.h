/* Just enough of the D-Bus protocol for loading a bus: one connection, little endian, whole messages. */
#ifndef TSBOX_BENCH_BUS_WIRE_H
#define TSBOX_BENCH_BUS_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define BUS_NAME "org.freedesktop.DBus"
#define LOAD_NAME "org.tsbox.Load"
#define LOAD_PATH "/org/tsbox/Load"

enum { CALL = 1, RETURN, ERROR, SIGNAL };

struct bus {
    int fd;
    uint32_t serial;
    unsigned char *in; /* what was read and not yet taken: [from, to) */
    size_t from, to, size;
};

struct message {
    int type;
    uint32_t serial, reply_serial, body_length;
    const char *member, *sender; /* "" where there is none; valid until the next bus_next */
    const unsigned char *body;
};

/* Connects to the session bus and authenticates; descriptors are agreed on. 0, or -1 with a line on stderr. */
int bus_open(struct bus *bus);
/* `Hello`, and its answer. */
int bus_hello(struct bus *bus);
/* The next whole message. 1; 0: none yet; -1: the end. `wait`: until one is there. Descriptors that come are closed. */
int bus_next(struct bus *bus, struct message *message, int wait);
/* Writes a message into `into` (room for the fields and the body) and answers its length. `signature` "" for no body; empty texts are left out. */
size_t bus_write(unsigned char *into, int type, uint32_t serial, uint32_t reply_serial, const char *destination, const char *member, const char *signature,
                 const void *body, size_t body_length, unsigned descriptors);
/* Sends all of it; `descriptor` -1 for none. 0 or -1. */
int bus_send(struct bus *bus, const void *bytes, size_t length, int descriptor);
/* A call of the bus itself with one text and, where `more` is not negative, a number; waits for its answer. 0 or -1. */
int bus_ask(struct bus *bus, const char *member, const char *text, long more);

#endif
