#pragma once
#include <stddef.h>

/* The few calls that Swift cannot import; no logic here. */

/* 0 baseline, 1 AVX2 + FMA, 2 AVX-512 F BW DQ VL: the best that this processor runs. */
int csystem_isa(void);

/* Tells the processor that the caller spins. */
static inline void csystem_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Pins the calling thread to one processor; 0, or errno. */
int csystem_pin_current_thread(int cpu);

/* Processors that the calling thread may run on: fills up to `capacity` indices, returns how many there are. */
int csystem_allowed_cpus(int *cpus, int capacity);

int csystem_futex_wait(const unsigned *address, unsigned expected);
int csystem_futex_wake(const unsigned *address, int count);

/* Calls a Swift closure `(Int, Int) -> Void` given as its two words: see ThreadPool.swift. */
void csystem_call(const void *function, const void *context, long a, long b);

/* Flush-to-zero of denormals in the calling thread: 1 on, 0 off; returns what it was. */
int csystem_set_flush_denormals(int on);
