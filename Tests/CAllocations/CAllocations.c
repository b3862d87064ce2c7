/* Takes the place of the C library's allocator in the test process and counts, for each thread. */
#include "CAllocations.h"

#include <errno.h>
#include <stddef.h>

#if defined(__GLIBC__) || defined(__linux__)
#include <features.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS 0
#endif
#endif
#ifndef COUNTS
#ifdef __GLIBC__
#define COUNTS 1
#else
#define COUNTS 0
#endif
#endif

#if COUNTS
static __thread long count;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  count++;
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  count++;
  return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size) {
  count++;
  return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  count++;
  void *p = __libc_memalign(alignment, size);
  if (!p) return ENOMEM;
  *result = p;
  return 0;
}

long callocations_count(void) { return count; }
#else
long callocations_count(void) { return -1; }
#endif
