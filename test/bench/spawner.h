/* The list of command lines that the spawner measures, as read from its job file. */
#ifndef TSBOX_BENCH_SPAWNER_H
#define TSBOX_BENCH_SPAWNER_H

#define MAX_WORDS 4096
#define MAX_CASES 128

struct words {
    char *at[MAX_WORDS + 1]; /* ends with NULL, as execve wants */
    int count;
};

struct bench_case {
    const char *name;
    struct words arguments, before, environment;
    int fd_number; /* descriptor that the command expects, or -1 */
    const char *fd_path;
    int window;    /* wait for the first mapped window, then close it */
};

struct job {
    int rounds, warmup, settle_ms, timeout_ms;
    unsigned seed;
    struct words environment;
    int count;
    struct bench_case *cases[MAX_CASES];
};

/*
 * One word per line, first blank separates. Before the first `case NAME`: rounds N, warmup N, settle-ms N, timeout-ms N, seed N, env NAME=VALUE.
 * In a case: arg WORD, before WORD (a command run unmeasured before each start), env NAME=VALUE, fd N PATH, window 1.
 * 0, or -1 with a line on stderr. Everything read stays allocated.
 */
int read_job(const char *path, struct job *job);
#endif
