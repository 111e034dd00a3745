/* Samples memory without a Node of its own: memory NAME=PID… prints `NAME PID rss private dirty pss` in KiB, from /proc/PID/smaps_rollup. */
#include <stdio.h>
#include <string.h>

static int sample(const char *name, const char *pid) {
    char path[64], line[256];
    long rss = 0, clean = 0, dirty = 0, pss = 0, value;
    snprintf(path, sizeof path, "/proc/%s/smaps_rollup", pid);
    FILE *f = fopen(path, "re");
    if (!f) {
        fprintf(stderr, "memory: cannot read %s\n", path);
        return 1;
    }
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "Rss: %ld", &value) == 1) rss = value;
        else if (sscanf(line, "Pss: %ld", &value) == 1) pss = value;
        else if (sscanf(line, "Private_Clean: %ld", &value) == 1) clean = value;
        else if (sscanf(line, "Private_Dirty: %ld", &value) == 1) dirty = value;
    }
    fclose(f);
    printf("%s %s %ld %ld %ld %ld\n", name, pid, rss, clean + dirty, dirty, pss);
    return 0;
}

int main(int argc, char **argv) {
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        char *equal = strchr(argv[i], '=');
        if (!equal) return 2;
        *equal = 0;
        failed |= sample(argv[i], equal + 1);
    }
    return failed;
}
