/* A convolution of one's own, from any language that makes a C shared library, compared with all
   others: compare verify PROBLEM --plugin ./mine.so --algorithms all. See docs/Plugins.md.

   A plug-in computes the normal form, a valid cross-correlation of rank 3,

       y[n, g, k, o] = sum over c, t of x[n, g, c, o stride + t dilation] w[g, k, c, t];

   padding, borders, strides, dilation, groups, layouts, transposition and gradients that it does not
   take itself are brought into that form around it. */
#ifndef SPECTRALCONV_PLUGIN_H
#define SPECTRALCONV_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPECTRALCONV_PLUGIN_VERSION 1

/* What a plug-in takes itself. Without `BORDERS` the input is padded beforehand (within its time);
   without the others strides, dilations and groups are 1. */
enum {
  SPECTRALCONV_TAKES_BORDERS = 1,
  SPECTRALCONV_TAKES_STRIDE = 2,
  SPECTRALCONV_TAKES_DILATION = 4,
  SPECTRALCONV_TAKES_GROUPS = 8
};

typedef struct {
  int64_t depth, height, width;
} spectralconv_extents;

typedef struct {
  int32_t scalar_bytes;              /* 4: float, 8: double */
  int32_t threads;                   /* how many it may use, itself included */
  int64_t batch, groups;
  int64_t in_channels, out_channels; /* of one group */
  spectralconv_extents input, kernel, output, stride, dilation;
  /* With BORDERS, for depth, height and width: where index i of the virtual input above stands in
     the array, or -1 for a zero. NULL otherwise: every index stands where it says. */
  const int32_t *maps[3];
} spectralconv_problem;

/* Where an array stands: distances in elements; neighbours along the width are neighbours. */
typedef struct {
  void *base;
  int64_t batch, group, channel, depth, height;
} spectralconv_array;

typedef struct {
  uint32_t version;    /* SPECTRALCONV_PLUGIN_VERSION */
  uint32_t takes;      /* a sum of SPECTRALCONV_TAKES_... */
  const char *name;    /* as --algorithms and tables write it: letters, digits and dashes */
  const char *summary; /* one line */
  /* How many times the error of a plain running sum it may make; 1 for a sum as it stands. The bound
     that results are verified against is multiplied by it. */
  double rounding;
  /* NULL where it can do the problem, else why not, in one line. */
  const char *(*unsupported)(const spectralconv_problem *);
  /* Bytes that `create` will allocate. */
  size_t (*workspace)(const spectralconv_problem *);
  /* A plan, or NULL. The problem and its maps live as long as the plan. */
  void *(*create)(const spectralconv_problem *);
  /* Takes the weights, [group][out channel][in channel][depth][height][width] without gaps, which do
     not live on. 0, or not where it failed. */
  int (*prepare)(void *plan, const void *weights);
  /* Overwrites y. 0, or not where it failed: the result then counts as wrong. */
  int (*apply)(void *plan, const spectralconv_array *x, const spectralconv_array *y);
  void (*destroy)(void *plan);
} spectralconv_plugin;

/* The one function that a plug-in exports. */
const spectralconv_plugin *spectralconv_plugin_main(void);

#ifdef __cplusplus
}
#endif
#endif
