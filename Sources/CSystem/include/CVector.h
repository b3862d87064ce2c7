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

/* The first n elements of a vector, the others zero; nothing is read, or written, beyond them. */
#if defined(__AVX512F__)
#include <immintrin.h>
#define CV_MASK(bits) ((__mmask##bits)((1u << n) - 1))
CV cv_f32 cv_f32_load_first(const float *p, long n) {
  return (cv_f32)_mm512_maskz_loadu_ps(CV_MASK(16), p);
}
CV cv_f64 cv_f64_load_first(const double *p, long n) {
  return (cv_f64)_mm512_maskz_loadu_pd(CV_MASK(8), p);
}
CV void cv_f32_store_first(cv_f32 a, float *p, long n) {
  _mm512_mask_storeu_ps(p, CV_MASK(16), (__m512)a);
}
CV void cv_f64_store_first(cv_f64 a, double *p, long n) {
  _mm512_mask_storeu_pd(p, CV_MASK(8), (__m512d)a);
}
#elif defined(__AVX2__)
#include <immintrin.h>
#define CV_MASK32 _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define CV_MASK64 _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3))
CV cv_f32 cv_f32_load_first(const float *p, long n) {
  return (cv_f32)_mm256_maskload_ps(p, CV_MASK32);
}
CV cv_f64 cv_f64_load_first(const double *p, long n) {
  return (cv_f64)_mm256_maskload_pd(p, CV_MASK64);
}
CV void cv_f32_store_first(cv_f32 a, float *p, long n) {
  _mm256_maskstore_ps(p, CV_MASK32, (__m256)a);
}
CV void cv_f64_store_first(cv_f64 a, double *p, long n) {
  _mm256_maskstore_pd(p, CV_MASK64, (__m256d)a);
}
#else
#define CV_FIRST(T, S)                                        \
  CV cv_##T cv_##T##_load_first(const S *p, long n) {         \
    cv_##T a = {0};                                           \
    for (long i = 0; i < n; i++) a[i] = p[i];                 \
    return a;                                                 \
  }                                                           \
  CV void cv_##T##_store_first(cv_##T a, S *p, long n) {      \
    for (long i = 0; i < n; i++) p[i] = a[i];                 \
  }
CV_FIRST(f32, float)
CV_FIRST(f64, double)
#endif

/* The lanes whose bit is set; the others stay as they are in `a`, and their memory is not touched.
 * `load_lanes` takes neighbours, `load_even` every second element, `load_fourth` every fourth,
 * `load_every` every step-th (|step| < 2^26). */
#if defined(__AVX512F__)
CV cv_f32 cv_f32_load_lanes(cv_f32 a, const float *p, unsigned lanes) {
  return (cv_f32)_mm512_mask_loadu_ps((__m512)a, (__mmask16)lanes, p);
}
CV cv_f64 cv_f64_load_lanes(cv_f64 a, const double *p, unsigned lanes) {
  return (cv_f64)_mm512_mask_loadu_pd((__m512d)a, (__mmask8)lanes, p);
}
CV cv_f32 cv_f32_load_even(cv_f32 a, const float *p, unsigned lanes) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const unsigned bits = _pdep_u32(lanes, 0x55555555u);
  const __m512 low = _mm512_maskz_loadu_ps((__mmask16)bits, p);
  const __m512 high = _mm512_maskz_loadu_ps((__mmask16)(bits >> 16), p + 16);
  return (cv_f32)_mm512_mask_mov_ps(
      (__m512)a, (__mmask16)lanes, _mm512_permutex2var_ps(low, even, high));
}
CV cv_f64 cv_f64_load_even(cv_f64 a, const double *p, unsigned lanes) {
  const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
  const unsigned bits = _pdep_u32(lanes, 0x5555u);
  const __m512d low = _mm512_maskz_loadu_pd((__mmask8)bits, p);
  const __m512d high = _mm512_maskz_loadu_pd((__mmask8)(bits >> 8), p + 8);
  return (cv_f64)_mm512_mask_mov_pd(
      (__m512d)a, (__mmask8)lanes, _mm512_permutex2var_pd(low, even, high));
}
CV cv_f32 cv_f32_load_fourth(cv_f32 a, const float *p, unsigned lanes) {
  const __m512i fourth = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
  const unsigned long long bits = _pdep_u64(lanes, 0x1111111111111111u);
  const __m512 v0 = _mm512_maskz_loadu_ps((__mmask16)bits, p);
  const __m512 v1 = _mm512_maskz_loadu_ps((__mmask16)(bits >> 16), p + 16);
  const __m512 v2 = _mm512_maskz_loadu_ps((__mmask16)(bits >> 32), p + 32);
  const __m512 v3 = _mm512_maskz_loadu_ps((__mmask16)(bits >> 48), p + 48);
  const __m512 low = _mm512_permutex2var_ps(v0, fourth, v1);
  const __m512 high = _mm512_permutex2var_ps(v2, fourth, v3);
  return (cv_f32)_mm512_mask_mov_ps(
      (__m512)a, (__mmask16)lanes, _mm512_mask_blend_ps(0xff00, low, high));
}
CV cv_f64 cv_f64_load_fourth(cv_f64 a, const double *p, unsigned lanes) {
  const __m512i fourth = _mm512_setr_epi64(0, 4, 8, 12, 0, 4, 8, 12);
  const unsigned bits = _pdep_u32(lanes, 0x11111111u);
  const __m512d v0 = _mm512_maskz_loadu_pd((__mmask8)bits, p);
  const __m512d v1 = _mm512_maskz_loadu_pd((__mmask8)(bits >> 8), p + 8);
  const __m512d v2 = _mm512_maskz_loadu_pd((__mmask8)(bits >> 16), p + 16);
  const __m512d v3 = _mm512_maskz_loadu_pd((__mmask8)(bits >> 24), p + 24);
  const __m512d low = _mm512_permutex2var_pd(v0, fourth, v1);
  const __m512d high = _mm512_permutex2var_pd(v2, fourth, v3);
  return (cv_f64)_mm512_mask_mov_pd(
      (__m512d)a, (__mmask8)lanes, _mm512_mask_blend_pd(0xf0, low, high));
}
CV cv_f32 cv_f32_load_every(cv_f32 a, const float *p, long step, unsigned lanes) {
  const __m512i one = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i i = _mm512_mullo_epi32(one, _mm512_set1_epi32((int)step));
  return (cv_f32)_mm512_mask_i32gather_ps((__m512)a, (__mmask16)lanes, i, p, 4);
}
CV cv_f64 cv_f64_load_every(cv_f64 a, const double *p, long step, unsigned lanes) {
  const __m256i one = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i i = _mm256_mullo_epi32(one, _mm256_set1_epi32((int)step));
  return (cv_f64)_mm512_mask_i32gather_pd((__m512d)a, (__mmask8)lanes, i, p, 8);
}
#elif defined(__AVX2__)
CV __m256i cv_lanes32(unsigned lanes) {
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)lanes), bit), bit);
}
CV __m256i cv_lanes64(unsigned lanes) {
  const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);
  return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(lanes), bit), bit);
}
CV cv_f32 cv_f32_load_lanes(cv_f32 a, const float *p, unsigned lanes) {
  const __m256i m = cv_lanes32(lanes);
  return (cv_f32)_mm256_blendv_ps((__m256)a, _mm256_maskload_ps(p, m), _mm256_castsi256_ps(m));
}
CV cv_f64 cv_f64_load_lanes(cv_f64 a, const double *p, unsigned lanes) {
  const __m256i m = cv_lanes64(lanes);
  return (cv_f64)_mm256_blendv_pd((__m256d)a, _mm256_maskload_pd(p, m), _mm256_castsi256_pd(m));
}
CV cv_f32 cv_f32_load_every(cv_f32 a, const float *p, long step, unsigned lanes) {
  const __m256i one = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i i = _mm256_mullo_epi32(one, _mm256_set1_epi32((int)step));
  return (cv_f32)_mm256_mask_i32gather_ps(
      (__m256)a, p, i, _mm256_castsi256_ps(cv_lanes32(lanes)), 4);
}
CV cv_f64 cv_f64_load_every(cv_f64 a, const double *p, long step, unsigned lanes) {
  const __m128i one = _mm_setr_epi32(0, 1, 2, 3);
  const __m128i i = _mm_mullo_epi32(one, _mm_set1_epi32((int)step));
  return (cv_f64)_mm256_mask_i32gather_pd(
      (__m256d)a, p, i, _mm256_castsi256_pd(cv_lanes64(lanes)), 8);
}
/* The last vector is read from p + L - 1 on: nothing stands beyond the last element. */
CV cv_f32 cv_f32_load_even(cv_f32 a, const float *p, unsigned lanes) {
  __m256 low, high;
  if (lanes == 0xff) {
    low = _mm256_loadu_ps(p);
    high = _mm256_loadu_ps(p + 7);
  } else {
    const unsigned bits = _pdep_u32(lanes, 0x5555u);
    low = _mm256_maskload_ps(p, cv_lanes32(bits));
    high = _mm256_maskload_ps(p + 7, cv_lanes32(bits >> 7));
  }
  const __m256d pairs = _mm256_castps_pd(_mm256_shuffle_ps(low, high, 0xd8));
  const __m256 even = _mm256_castpd_ps(_mm256_permute4x64_pd(pairs, 0xd8));
  if (lanes == 0xff) return (cv_f32)even;
  return (cv_f32)_mm256_blendv_ps((__m256)a, even, _mm256_castsi256_ps(cv_lanes32(lanes)));
}
CV cv_f64 cv_f64_load_even(cv_f64 a, const double *p, unsigned lanes) {
  __m256d low, high;
  if (lanes == 0xf) {
    low = _mm256_loadu_pd(p);
    high = _mm256_loadu_pd(p + 3);
  } else {
    const unsigned bits = _pdep_u32(lanes, 0x55u);
    low = _mm256_maskload_pd(p, cv_lanes64(bits));
    high = _mm256_maskload_pd(p + 3, cv_lanes64(bits >> 3));
  }
  const __m256d even = _mm256_permute4x64_pd(_mm256_shuffle_pd(low, high, 0xa), 0xd8);
  if (lanes == 0xf) return (cv_f64)even;
  return (cv_f64)_mm256_blendv_pd((__m256d)a, even, _mm256_castsi256_pd(cv_lanes64(lanes)));
}
/* The same: the last of four vectors is read from p + 21 on. */
CV cv_f32 cv_f32_load_fourth(cv_f32 a, const float *p, unsigned lanes) {
  __m256 v0, v1, v2, v3;
  if (lanes == 0xff) {
    v0 = _mm256_loadu_ps(p);
    v1 = _mm256_loadu_ps(p + 8);
    v2 = _mm256_loadu_ps(p + 16);
    v3 = _mm256_loadu_ps(p + 21);
  } else {
    const unsigned bits = _pdep_u32(lanes, 0x11111111u);
    v0 = _mm256_maskload_ps(p, cv_lanes32(bits));
    v1 = _mm256_maskload_ps(p + 8, cv_lanes32(bits >> 8));
    v2 = _mm256_maskload_ps(p + 16, cv_lanes32(bits >> 16));
    v3 = _mm256_maskload_ps(p + 21, cv_lanes32(bits >> 21));
  }
  /* 0 8 . . 4 12 . ., 16 . 24 . 20 . 28 ., 0 8 16 24 4 12 20 28 */
  const __m256 low = _mm256_unpacklo_ps(v0, v1);
  const __m256 high = _mm256_shuffle_ps(v2, v3, 0xf0);
  const __m256 mixed = _mm256_shuffle_ps(low, high, 0x84);
  const __m256 all = _mm256_permutevar8x32_ps(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  if (lanes == 0xff) return (cv_f32)all;
  return (cv_f32)_mm256_blendv_ps((__m256)a, all, _mm256_castsi256_ps(cv_lanes32(lanes)));
}
CV cv_f64 cv_f64_load_fourth(cv_f64 a, const double *p, unsigned lanes) {
  if (lanes == 0xf) return (cv_f64)_mm256_setr_pd(p[0], p[4], p[8], p[12]);
  return cv_f64_load_every(a, p, 4, lanes);
}
#else
#define CV_LOAD_LANES(T, S)                                                          \
  CV cv_##T cv_##T##_load_every(cv_##T a, const S *p, long step, unsigned lanes) {   \
    for (long i = 0; i < CV_BYTES / (long)sizeof(S); i++)                            \
      if (lanes >> i & 1) a[i] = p[i * step];                                        \
    return a;                                                                        \
  }                                                                                  \
  CV cv_##T cv_##T##_load_lanes(cv_##T a, const S *p, unsigned lanes) {              \
    return cv_##T##_load_every(a, p, 1, lanes);                                      \
  }                                                                                  \
  CV cv_##T cv_##T##_load_even(cv_##T a, const S *p, unsigned lanes) {               \
    return cv_##T##_load_every(a, p, 2, lanes);                                      \
  }                                                                                  \
  CV cv_##T cv_##T##_load_fourth(cv_##T a, const S *p, unsigned lanes) {             \
    return cv_##T##_load_every(a, p, 4, lanes);                                      \
  }
CV_LOAD_LANES(f32, float)
CV_LOAD_LANES(f64, double)
#endif

/* Shuffles of vectors of complex numbers, real and imaginary parts side by side:
 * swap exchanges the parts of each number, evens takes (a0, b0, a2, b2, ...), reverse turns the
 * order of the numbers round. */
#define CV_SHUFFLES_2(T)                                                                                     \
  CV cv_##T cv_##T##_swap(cv_##T a) { return __builtin_shufflevector(a, a, 1, 0); }                          \
  CV cv_##T cv_##T##_evens(cv_##T a, cv_##T b) { return __builtin_shufflevector(a, b, 0, 2); }               \
  CV cv_##T cv_##T##_reverse(cv_##T a) { return a; }
#define CV_SHUFFLES_4(T)                                                                                     \
  CV cv_##T cv_##T##_swap(cv_##T a) { return __builtin_shufflevector(a, a, 1, 0, 3, 2); }                    \
  CV cv_##T cv_##T##_evens(cv_##T a, cv_##T b) { return __builtin_shufflevector(a, b, 0, 4, 2, 6); }         \
  CV cv_##T cv_##T##_reverse(cv_##T a) { return __builtin_shufflevector(a, a, 2, 3, 0, 1); }
#define CV_SHUFFLES_8(T)                                                                                     \
  CV cv_##T cv_##T##_swap(cv_##T a) { return __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6); }        \
  CV cv_##T cv_##T##_evens(cv_##T a, cv_##T b) {                                                             \
    return __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);                                         \
  }                                                                                                          \
  CV cv_##T cv_##T##_reverse(cv_##T a) { return __builtin_shufflevector(a, a, 6, 7, 4, 5, 2, 3, 0, 1); }
#define CV_SHUFFLES_16(T)                                                                                    \
  CV cv_##T cv_##T##_swap(cv_##T a) {                                                                        \
    return __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);              \
  }                                                                                                          \
  CV cv_##T cv_##T##_evens(cv_##T a, cv_##T b) {                                                             \
    return __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);         \
  }                                                                                                          \
  CV cv_##T cv_##T##_reverse(cv_##T a) {                                                                     \
    return __builtin_shufflevector(a, a, 14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1);              \
  }

#if CV_BYTES == 64
CV_SHUFFLES_16(f32)
CV_SHUFFLES_8(f64)
#elif CV_BYTES == 32
CV_SHUFFLES_8(f32)
CV_SHUFFLES_4(f64)
#else
CV_SHUFFLES_4(f32)
CV_SHUFFLES_2(f64)
#endif

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

/* Shuffles for transposing squares of vectors: `zip` interleaves elements within each piece of 128
 * bits, `pair` does so with pairs of floats, and `pieces` takes the even, or odd, pieces of a and
 * then those of b. */
#define CV_SHUFFLE(T, name, ...) \
  CV cv_##T cv_##T##_##name(cv_##T a, cv_##T b) { return __builtin_shufflevector(a, b, __VA_ARGS__); }
#if CV_BYTES == 64
CV_SHUFFLE(f32, zip_low, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
CV_SHUFFLE(f32, zip_high, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
CV_SHUFFLE(f32, pair_low, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
CV_SHUFFLE(f32, pair_high, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
CV_SHUFFLE(f32, pieces_even, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
CV_SHUFFLE(f32, pieces_odd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
CV_SHUFFLE(f64, zip_low, 0, 8, 2, 10, 4, 12, 6, 14)
CV_SHUFFLE(f64, zip_high, 1, 9, 3, 11, 5, 13, 7, 15)
CV_SHUFFLE(f64, pieces_even, 0, 1, 4, 5, 8, 9, 12, 13)
CV_SHUFFLE(f64, pieces_odd, 2, 3, 6, 7, 10, 11, 14, 15)
#elif CV_BYTES == 32
CV_SHUFFLE(f32, zip_low, 0, 8, 1, 9, 4, 12, 5, 13)
CV_SHUFFLE(f32, zip_high, 2, 10, 3, 11, 6, 14, 7, 15)
CV_SHUFFLE(f32, pair_low, 0, 1, 8, 9, 4, 5, 12, 13)
CV_SHUFFLE(f32, pair_high, 2, 3, 10, 11, 6, 7, 14, 15)
CV_SHUFFLE(f32, pieces_even, 0, 1, 2, 3, 8, 9, 10, 11)
CV_SHUFFLE(f32, pieces_odd, 4, 5, 6, 7, 12, 13, 14, 15)
CV_SHUFFLE(f64, zip_low, 0, 4, 2, 6)
CV_SHUFFLE(f64, zip_high, 1, 5, 3, 7)
CV_SHUFFLE(f64, pieces_even, 0, 1, 4, 5)
CV_SHUFFLE(f64, pieces_odd, 2, 3, 6, 7)
#else
CV_SHUFFLE(f32, zip_low, 0, 4, 1, 5)
CV_SHUFFLE(f32, zip_high, 2, 6, 3, 7)
CV_SHUFFLE(f32, pair_low, 0, 1, 4, 5)
CV_SHUFFLE(f32, pair_high, 2, 3, 6, 7)
CV_SHUFFLE(f64, zip_low, 0, 2)
CV_SHUFFLE(f64, zip_high, 1, 3)
#endif

/* x, of which the compiler then knows nothing: keeps it from computing every address of an unrolled
 * loop beforehand, which takes more registers than there are. */
CV long cv_hide(long x) {
  __asm__ volatile("" : "+r"(x));
  return x;
}
