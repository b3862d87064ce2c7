#pragma once

/* Vector operators for the kernel modules, in the width of the instruction set that the importing
 * module is compiled for. Swift's own SIMD operators mean the same but take minutes to compile in
 * codelets of hundreds of operations, and know no negated multiply-add, prefetch or streaming store.
 * No logic here. */

#define CV static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#define CV_BYTES 64
#elif defined(__AVX2__)
#define CV_BYTES 32
#else
#define CV_BYTES 16
#endif

typedef float cv_f32 __attribute__((ext_vector_type(CV_BYTES / 4), aligned(4)));
typedef double cv_f64 __attribute__((ext_vector_type(CV_BYTES / 8), aligned(8)));

#if defined(__FMA__) || defined(__aarch64__)
#define CV_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else /* without the instruction it would be a library call for each lane */
#define CV_FMA(a, b, c) ((a) * (b) + (c))
#endif

#define CV_OPERATORS(T)                                                    \
  CV cv_##T cv_##T##_add(cv_##T a, cv_##T b) { return a + b; }             \
  CV cv_##T cv_##T##_sub(cv_##T a, cv_##T b) { return a - b; }             \
  CV cv_##T cv_##T##_mul(cv_##T a, cv_##T b) { return a * b; }             \
  CV cv_##T cv_##T##_neg(cv_##T a) { return -a; }                          \
  CV cv_##T cv_##T##_fma(cv_##T a, cv_##T b, cv_##T c) { return CV_FMA(a, b, c); } \
  CV cv_##T cv_##T##_fnma(cv_##T a, cv_##T b, cv_##T c) { return CV_FMA(-a, b, c); }

CV_OPERATORS(f32)
CV_OPERATORS(f64)

/* Fetches the line of p into L1 (t0), or L2 (t1). */
CV void cv_prefetch_t0(const void *p) { __builtin_prefetch(p, 0, 3); }
CV void cv_prefetch_t1(const void *p) { __builtin_prefetch(p, 0, 2); }
CV void cv_prefetch_write(const void *p) { __builtin_prefetch(p, 1, 3); }

/* Stores past the caches; p aligned to the vector. */
typedef float cv_f32_aligned __attribute__((ext_vector_type(CV_BYTES / 4)));
typedef double cv_f64_aligned __attribute__((ext_vector_type(CV_BYTES / 8)));
CV void cv_f32_stream(cv_f32 a, float *p) {
  __builtin_nontemporal_store((cv_f32_aligned)a, (cv_f32_aligned *)p);
}
CV void cv_f64_stream(cv_f64 a, double *p) {
  __builtin_nontemporal_store((cv_f64_aligned)a, (cv_f64_aligned *)p);
}
