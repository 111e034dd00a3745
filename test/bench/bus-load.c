/*
 * Both ends of a loaded bus. `bus-load service`: owns org.tsbox.Load, answers each call with nothing. `bus-load names COUNT`: owns that many names and stays.
 * `bus-load app`: a client that does what the lines on its standard input say, and tells after each how long it took:
 *   rt BYTES COUNT | text BYTES COUNT | fds COUNT            one call after the other (body `ay`, `s`, or a descriptor)
 *   pipe BYTES COUNT | pipetext BYTES COUNT                  calls ahead of their answers, as many as wait in 256 KiB, at most 64
 *   signals BYTES COUNT                                      receives broadcasts
 *   list COUNT                                               ListNames
 *   idle CONNECTIONS                                         opens that many more connections, which stay
 *   flood | stuff | deaf                                     calls of 64 bytes for ever; of 1 MiB for ever; calls for ever whose answers are never read
 * Answer: `done NANOSECONDS COUNT P50 P99`, the last two of single round trips, 0 where calls overlap.
 */
#include "bus-wire.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOAD_MATCH "type='signal',interface='" LOAD_NAME "'"
#define MOST_BYTES (1 << 20)
#define MOST_CALLS 200000

static unsigned char message_bytes[MOST_BYTES + 1024], body_bytes[MOST_BYTES + 16];
static long long took[MOST_CALLS];

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void *a, const void *b) {
    const long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

/* `bytes` of body in all: a length, and what follows it. */
static size_t make_call(const char *member, const char *signature, size_t bytes, unsigned descriptors) {
    uint32_t length = (uint32_t)(bytes < 8 ? 8 : bytes > MOST_BYTES ? MOST_BYTES : bytes) - 4;
    const int text = *signature == 's';
    memset(body_bytes + 4, 'x', length);
    if (text) body_bytes[4 + --length] = 0;
    memcpy(body_bytes, &length, 4);
    size_t size = *signature == 'h' ? 4 : 4 + length + (text ? 1 : 0);
    if (*signature == 'h') memset(body_bytes, 0, 4);
    return bus_write(message_bytes, CALL, 1, 0, LOAD_NAME, member, signature, body_bytes, size, descriptors);
}

static int send_call(struct bus *bus, size_t length, int descriptor) {
    const uint32_t serial = ++bus->serial;
    memcpy(message_bytes + 8, &serial, 4);
    return bus_send(bus, message_bytes, length, descriptor);
}

/* One answer; what else comes is passed over. */
static int answered(struct bus *bus, int wait) {
    struct message message;
    for (;;) {
        const int got = bus_next(bus, &message, wait);
        if (got <= 0) return got;
        if (message.type == ERROR) {
            dprintf(2, "bus-load: the answer is an error\n");
            return -1;
        }
        if (message.type == RETURN) return 1;
    }
}

static int sequential(struct bus *bus, size_t length, int count, int descriptor) {
    for (int i = 0; i < count; i++) {
        const long long start = now();
        if (send_call(bus, length, descriptor) < 0 || answered(bus, 1) < 0) return -1;
        took[i] = now() - start;
    }
    return 0;
}

static int pipelined(struct bus *bus, size_t length, int count) {
    int window = (int)((256 << 10) / length), sent = 0, back = 0;
    window = window < 2 ? 2 : window > 64 ? 64 : window;
    while (back < count) {
        while (sent < count && sent - back < window) {
            if (send_call(bus, length, -1) < 0) return -1;
            sent++;
        }
        int got = answered(bus, 1);
        for (; got == 1; got = back < sent ? answered(bus, 0) : 0) back++;
        if (got < 0) return -1;
    }
    return 0;
}

static int receive_signals(struct bus *bus, uint32_t bytes, uint32_t count) {
    struct message message;
    unsigned char call[512];
    const uint32_t wanted[2] = { count, bytes }, serial = ++bus->serial;
    const size_t length = bus_write(call, CALL, serial, 0, LOAD_NAME, "Emit", "uu", wanted, 8, 0);
    if (bus_send(bus, call, length, -1) < 0) return -1;
    for (uint32_t got = 0; got < count;) {
        if (bus_next(bus, &message, 1) < 0 || message.type == ERROR) return -1;
        if (message.type == SIGNAL && strcmp(message.member, "Told") == 0) got++;
    }
    return 0;
}

/* Listens only meanwhile: a broadcast reaches every client that does. */
static int signals(struct bus *bus, uint32_t bytes, uint32_t count) {
    if (bus_ask(bus, "AddMatch", LOAD_MATCH, -1) < 0 || receive_signals(bus, bytes, count) < 0) return -1;
    return bus_ask(bus, "RemoveMatch", LOAD_MATCH, -1);
}

static int list_names(struct bus *bus, int count) {
    for (int i = 0; i < count; i++) {
        const long long start = now();
        if (bus_ask(bus, "ListNames", NULL, -1) < 0) return -1;
        took[i] = now() - start;
    }
    return 0;
}

static int idle(int count) {
    for (int i = 0; i < count; i++) {
        struct bus another; /* stays open until the end of the program */
        if (bus_open(&another) < 0 || bus_hello(&another) < 0) return -1;
        free(another.in);
    }
    return 0;
}

/* Never returns while the bus lives. `deaf`: reads nothing. */
static int for_ever(struct bus *bus, size_t length, int deaf) {
    for (unsigned long sent = 0;; sent++) {
        if (send_call(bus, length, -1) < 0) return -1;
        struct message message;
        while (!deaf && sent > 32 && bus_next(bus, &message, 0) > 0) {}
    }
}

static int run_app(void) {
    struct bus bus;
    char line[128], what[32];
    if (bus_open(&bus) < 0 || bus_hello(&bus) < 0) return 1;
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        int first = 0, second = 0, result = -1, single = 0;
        if (sscanf(line, "%31s %d %d", what, &first, &second) < 1) return 2;
        int count = second > 0 ? second : first;
        if (count > MOST_CALLS) return 2;
        const size_t bytes = (size_t)first;
        const long long start = now();
        if (!strcmp(what, "rt")) single = 1, result = sequential(&bus, make_call("Echo", "ay", bytes, 0), count, -1);
        else if (!strcmp(what, "text")) single = 1, result = sequential(&bus, make_call("Echo", "s", bytes, 0), count, -1);
        else if (!strcmp(what, "fds")) single = 1, result = sequential(&bus, make_call("Echo", "h", 4, 1), count, null);
        else if (!strcmp(what, "pipe")) result = pipelined(&bus, make_call("Echo", "ay", bytes, 0), count);
        else if (!strcmp(what, "pipetext")) result = pipelined(&bus, make_call("Echo", "s", bytes, 0), count);
        else if (!strcmp(what, "signals")) result = signals(&bus, (uint32_t)first, (uint32_t)count);
        else if (!strcmp(what, "list")) single = 1, result = list_names(&bus, count);
        else if (!strcmp(what, "idle")) result = idle(count);
        else if (!strcmp(what, "flood")) result = for_ever(&bus, make_call("Echo", "ay", 64, 0), 0);
        else if (!strcmp(what, "stuff")) result = for_ever(&bus, make_call("Echo", "ay", MOST_BYTES, 0), 0);
        else if (!strcmp(what, "deaf")) result = for_ever(&bus, make_call("Echo", "ay", 64, 0), 1);
        if (result < 0) return 3;
        const long long total = now() - start;
        if (single) qsort(took, (size_t)count, sizeof *took, compare);
        printf("done %lld %d %lld %lld\n", total, count, single ? took[count / 2] : 0, single ? took[count * 99L / 100] : 0);
        fflush(stdout);
    }
    return 0;
}

static int emit(struct bus *bus, const unsigned char *arguments) {
    uint32_t count, bytes;
    memcpy(&count, arguments, 4);
    memcpy(&bytes, arguments + 4, 4);
    if (bytes > MOST_BYTES) return -1;
    const uint32_t length = bytes < 8 ? 4 : bytes - 4;
    memset(body_bytes, 'x', sizeof body_bytes);
    memcpy(body_bytes, &length, 4);
    size_t size = bus_write(message_bytes, SIGNAL, 1, 0, "", "Told", "ay", body_bytes, 4 + length, 0);
    for (uint32_t i = 0; i < count; i++)
        if (send_call(bus, size, -1) < 0) return -1;
    return 0;
}

static int run_service(void) {
    struct bus bus;
    struct message message;
    unsigned char answer[512];
    if (bus_open(&bus) < 0 || bus_hello(&bus) < 0 || bus_ask(&bus, "RequestName", LOAD_NAME, 4) < 0) return 1;
    puts("ready");
    fflush(stdout);
    while (bus_next(&bus, &message, 1) > 0) {
        if (message.type != CALL) continue;
        const size_t size = bus_write(answer, RETURN, ++bus.serial, message.serial, message.sender, "", "", NULL, 0, 0);
        if (bus_send(&bus, answer, size, -1) < 0) return 3;
        if (strcmp(message.member, "Emit") == 0 && message.body_length == 8 && emit(&bus, message.body) < 0) return 3;
    }
    return 0;
}

static int run_names(int count) {
    struct bus bus;
    char name[64];
    if (bus_open(&bus) < 0 || bus_hello(&bus) < 0) return 1;
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "org.tsbox.bench.Crowd.N%d", i);
        if (bus_ask(&bus, "RequestName", name, 4) < 0) return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "app") == 0) return run_app();
    if (strcmp(mode, "service") == 0) return run_service();
    if (strcmp(mode, "names") == 0 && argc > 2) return run_names(atoi(argv[2]));
    dprintf(2, "usage: bus-load app|service|names COUNT\n");
    return 2;
}
