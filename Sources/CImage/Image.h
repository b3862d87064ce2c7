// What the files of this target share.
#pragma once
#include "CImage.h"

struct cimage {
  int width, height, channels, depth;
  void *samples;
};

// Sets the extents and allocates the samples, or says why not.
int cimage_allocate(cimage *picture, uint32_t width, uint32_t height, int channels, int depth,
                    size_t limit, char *message, size_t length);
// Opens the library `file`, or the one that the environment variable names instead, and stores the
// addresses of `count` functions.
int cimage_open(const char *variable, const char *file, const char *package, int count,
                const char *const *names, void **functions, char *message, size_t length);

int cimage_decode_png(const uint8_t *bytes, size_t count, size_t limit, cimage *picture,
                      char *message, size_t length);
int cimage_decode_jpeg(const uint8_t *bytes, size_t count, size_t limit, cimage *picture,
                       char *message, size_t length);
