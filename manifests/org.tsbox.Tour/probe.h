/* What the parts of the Tour's probe share: how an answer is written, and the things that the outside holds ready to be reached. */
#ifndef TSBOX_TOUR_PROBE_H
#define TSBOX_TOUR_PROBE_H
#include <stddef.h>

/* Things of the outside, written by `hold` into DIR/things and read by `look`. Empty or 0 where absent. */
struct things {
    int pid, shm_key;
    char queue[64], abstract[64], socket[200];
};

/* Writes the line `KEY=VALUE`; control characters become `?`. */
void answer(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The system's word for an error, short enough for a column. */
const char *words_for(int error);
/* Writes `allowed` for 0, else the word for the error. */
void answer_try(const char *key, int error);

/* Keeps shared memory, a message queue and sockets until standard input ends. The process's exit status. */
int hold(const char *directory);
/* 0, or -1 where DIR/things cannot be read. */
int read_things(const char *directory, struct things *things);
/* Tries to reach each of the things. */
void look_at_things(const struct things *things);
/* Names on the session bus, and what it refuses. */
void look_at_bus(void);
/* A name on the session bus for the time of the Tour; the connection, or -1 where there is no bus. */
int hold_bus_name(void);
#endif
