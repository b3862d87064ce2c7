#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

int csystem_isa(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return 0;
}

int csystem_pin_current_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) ? errno : 0;
}

int csystem_allowed_cpus(int *cpus, int capacity) {
  cpu_set_t set;
  int n = 0;
  if (sched_getaffinity(0, sizeof set, &set)) return -errno;
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &set)) {
      if (n < capacity) cpus[n] = i;
      n++;
    }
  return n;
}

int csystem_futex_wait(const unsigned *address, unsigned expected) {
  return (int)syscall(SYS_futex, address, FUTEX_WAIT_PRIVATE, expected, 0, 0, 0);
}

int csystem_futex_wake(const unsigned *address, int count) {
  return (int)syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, count, 0, 0, 0);
}

typedef __attribute__((swiftcall)) void (*csystem_body)(
    long, long, __attribute__((swift_context)) const void *);

void csystem_call(const void *function, const void *context, long a, long b) {
  ((csystem_body)function)(a, b, context);
}

/* Swift passes a closure as two words; this hands them back. Declared in ThreadPool.swift. */
__attribute__((swiftcall)) void csystem_split(const void *function, const void *context,
                                              const void **words) {
  words[0] = function;
  words[1] = context;
}

int csystem_set_flush_denormals(int on) {
#if defined(__x86_64__)
  unsigned was = _mm_getcsr();
  _mm_setcsr(on ? was | 0x8040u : was & ~0x8040u);
  return (was & 0x8040u) == 0x8040u;
#else
  (void)on;
  return 0;
#endif
}
