#pragma once
#include <stddef.h>
#include <stdint.h>

// Pictures in and out of memory, for the module Imaging alone: no API is promised.
//
// libpng and libjpeg-turbo are opened at run time, so that a program which reads no picture needs
// neither. Every call returns one of these codes and, unless it is CIMAGE_OK, one line in `message`.
enum {
  CIMAGE_OK = 0,
  CIMAGE_MISSING = 1,  // the library is not installed; the line names the package
  CIMAGE_BAD = 2,      // the bytes are not a whole, sound picture
  CIMAGE_MEMORY = 3,   // no memory
};

// A decoded picture: rows from top to bottom, samples interleaved, one or three to a pixel.
typedef struct cimage cimage;

// Decodes a PNG or JPEG of at most `limit` samples (width x height x channels).
int cimage_decode(const uint8_t *bytes, size_t count, size_t limit, cimage **picture,
                  char *message, size_t length);
int cimage_width(const cimage *picture);
int cimage_height(const cimage *picture);
int cimage_channels(const cimage *picture);
// 8 or 16; samples are uint8_t or uint16_t in the processor's byte order.
int cimage_depth(const cimage *picture);
const void *cimage_samples(const cimage *picture);
void cimage_free(cimage *picture);

// Encodes interleaved samples as PNG; the caller frees `*bytes` with free().
int cimage_encode_png(const void *samples, int width, int height, int channels, int depth,
                      uint8_t **bytes, size_t *count, char *message, size_t length);
