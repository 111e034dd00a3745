/* Reads the spawner's job file. */
#define _GNU_SOURCE
#include "spawner.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int push(struct words *words, const char *word) {
    if (words->count >= MAX_WORDS) return -1;
    words->at[words->count++] = strdup(word);
    words->at[words->count] = NULL;
    return 0;
}

static struct bench_case *new_case(struct job *job, const char *name) {
    if (job->count >= MAX_CASES) return NULL;
    struct bench_case *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->name = strdup(name);
    made->fd_number = -1;
    for (int i = 0; i < job->environment.count; i++) push(&made->environment, job->environment.at[i]);
    job->cases[job->count++] = made;
    return made;
}

/* A later value of a name replaces the earlier one. */
static int put_environment(struct words *environment, const char *entry) {
    size_t name = strcspn(entry, "=") + 1;
    for (int i = 0; i < environment->count; i++)
        if (strncmp(environment->at[i], entry, name) == 0) {
            environment->at[i] = strdup(entry);
            return 0;
        }
    return push(environment, entry);
}

static int take(struct job *job, struct bench_case **now, const char *word, char *value) {
    if (strcmp(word, "case") == 0) return (*now = new_case(job, value)) ? 0 : -1;
    if (*now == NULL) {
        if (strcmp(word, "env") == 0) return put_environment(&job->environment, value);
        if (strcmp(word, "rounds") == 0) job->rounds = atoi(value);
        else if (strcmp(word, "warmup") == 0) job->warmup = atoi(value);
        else if (strcmp(word, "settle-ms") == 0) job->settle_ms = atoi(value);
        else if (strcmp(word, "timeout-ms") == 0) job->timeout_ms = atoi(value);
        else if (strcmp(word, "seed") == 0) job->seed = (unsigned)atoi(value);
        else return -1;
        return 0;
    }
    if (strcmp(word, "arg") == 0) return push(&(*now)->arguments, value);
    if (strcmp(word, "before") == 0) return push(&(*now)->before, value);
    if (strcmp(word, "env") == 0) return put_environment(&(*now)->environment, value);
    if (strcmp(word, "window") == 0) return (*now)->window = 1, 0;
    if (strcmp(word, "fd") != 0) return -1;
    char *blank = strchr(value, ' ');
    if (!blank) return -1;
    (*now)->fd_number = atoi(value);
    (*now)->fd_path = strdup(blank + 1);
    return 0;
}

int read_job(const char *path, struct job *job) {
    static char line[16384];
    struct bench_case *now = NULL;
    FILE *f = fopen(path, "re");
    if (!f) {
        perror(path);
        return -1;
    }
    for (int number = 1; fgets(line, sizeof line, f); number++) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] == 0) continue;
        char *blank = strchr(line, ' ');
        if (blank) *blank = 0;
        if (take(job, &now, line, blank ? blank + 1 : line + strlen(line)) < 0) {
            fprintf(stderr, "%s:%d: cannot use `%s`\n", path, number, line);
            fclose(f);
            return -1;
        }
    }
    fclose(f);
    return 0;
}
