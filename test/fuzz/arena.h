/* Included before every source of a fuzzer: what a decoder takes it keeps for the life of a process, so here all of it is given back after each input. */
#ifndef ARENA_H
#define ARENA_H

#define _GNU_SOURCE
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *arena_malloc(size_t size);
void *arena_calloc(size_t count, size_t size);
void *arena_realloc(void *old, size_t size);
void arena_free(void *block);
char *arena_strdup(const char *text);
/* Frees what was taken since the last time. */
void arena_empty(void);

#define malloc arena_malloc
#define calloc arena_calloc
#define realloc arena_realloc
#define free arena_free
#undef strdup
#define strdup arena_strdup

#endif
