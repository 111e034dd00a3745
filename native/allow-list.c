// Assembles and installs an allow-list for one architecture, the one that this file was compiled for.
#include "allow-list.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "tsbox knows x86-64 and aarch64"
#endif

#define MAX_CALLS 60
#define X32_BIT 0x40000000U

int allow_only(const struct allowed_call *calls, size_t count) {
  struct sock_filter program[8 + MAX_CALLS * 5];
  unsigned short length = 0;
  if (count > MAX_CALLS) {
    errno = E2BIG;
    return -1;
  }
  const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_filter end = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  const struct sock_filter load_number = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  // Low half of a little-endian argument; both architectures are little-endian.
  const struct sock_filter load_argument = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]));
  program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  program[length++] = end;
  program[length++] = load_number;
  program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
  program[length++] = end;
  for (size_t i = 0; i < count; i++) {
    const unsigned number = (unsigned)calls[i].number;
    if (calls[i].first_argument == ANY_ARGUMENT) {
      program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
      program[length++] = allow;
    } else {
      program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
      program[length++] = load_argument;
      program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].first_argument, 0, 1);
      program[length++] = allow;
      // The accumulator holds the argument now: nothing below may be compared with it.
      program[length++] = end;
    }
  }
  program[length++] = end;
  const struct sock_fprog filter = {.len = length, .filter = program};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}
