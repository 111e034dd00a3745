/* Runs a fuzzer's function once for each file named on the command line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) return 2;
    static uint8_t room[1 << 20];
    const size_t size = fread(room, 1, sizeof room, file);
    fclose(file);
    /* A block of just that size, so that a read behind its end shows. */
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    for (size_t at = 0; at < size; at++) copy[at] = room[at];
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
  }
  /* A fuzzer may have closed or moved its standard output. */
  fprintf(stderr, "%d inputs\n", argc - 1);
  return 0;
}
