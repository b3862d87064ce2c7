/* A plug-in in plain C: the sum as it stands. cc -O3 -shared -fPIC -I HEADER -o mine.so mine.c */
#include <stdlib.h>
#include <string.h>

#include "spectralconv_plugin.h"

typedef struct {
  spectralconv_problem problem;
  float *weights;
} plan_t;

static size_t workspace(const spectralconv_problem *p) {
  return sizeof(float) * (size_t)(p->out_channels * p->in_channels * p->kernel.depth *
                                  p->kernel.height * p->kernel.width);
}

static const char *unsupported(const spectralconv_problem *p) {
  return p->scalar_bytes == 4 ? NULL : "mine computes in single precision alone";
}

static void *create(const spectralconv_problem *p) {
  plan_t *plan = malloc(sizeof *plan);
  if (!plan) return NULL;
  plan->problem = *p;
  plan->weights = malloc(workspace(p));
  if (plan->weights) return plan;
  free(plan);
  return NULL;
}

static int prepare(void *state, const void *weights) {
  plan_t *plan = state;
  memcpy(plan->weights, weights, workspace(&plan->problem));
  return 0;
}

static int apply(void *state, const spectralconv_array *x, const spectralconv_array *y) {
  const plan_t *plan = state;
  const spectralconv_problem *p = &plan->problem;
  const spectralconv_extents k = p->kernel, o = p->output, s = p->stride;
  for (int64_t n = 0; n < p->batch; n++)
    for (int64_t oc = 0; oc < p->out_channels; oc++)
      for (int64_t d = 0; d < o.depth; d++)
        for (int64_t h = 0; h < o.height; h++)
          for (int64_t w = 0; w < o.width; w++) {
            const float *weight = plan->weights + oc * p->in_channels * k.depth * k.height * k.width;
            float sum = 0;
            for (int64_t c = 0; c < p->in_channels; c++)
              for (int64_t kd = 0; kd < k.depth; kd++)
                for (int64_t kh = 0; kh < k.height; kh++) {
                  const float *row = (const float *)x->base + n * x->batch + c * x->channel +
                                     (d * s.depth + kd) * x->depth + (h * s.height + kh) * x->height +
                                     w * s.width;
                  for (int64_t kw = 0; kw < k.width; kw++) sum += row[kw] * *weight++;
                }
            ((float *)y->base)[n * y->batch + oc * y->channel + d * y->depth + h * y->height + w] = sum;
          }
  return 0;
}

static void destroy(void *state) {
  plan_t *plan = state;
  free(plan->weights);
  free(plan);
}

static const spectralconv_plugin plugin = {
    .version = SPECTRALCONV_PLUGIN_VERSION,
    .takes = SPECTRALCONV_TAKES_STRIDE,
    .name = "mine",
    .summary = "plain loops in C",
    .rounding = 1,
    .unsupported = unsupported,
    .workspace = workspace,
    .create = create,
    .prepare = prepare,
    .apply = apply,
    .destroy = destroy,
};

const spectralconv_plugin *spectralconv_plugin_main(void) { return &plugin; }
