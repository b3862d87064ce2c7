#pragma once

/* What is handed by address to the kernel modules, which are compiled for each instruction set and so
 * cannot share a Swift type with the module that chooses among them. Lengths count elements. Plain
 * data, no logic. */

typedef struct {
  long d, h, w;
} CExtents;

/* An axis map: for each virtual index the real one or -1; low ..< high is the interior run. */
typedef struct {
  const int *source;
  long count, low, high;
} CAxisMap;

/* The product at `points` transform points: see TileGemm in Kernels. */
typedef struct {
  long tiles, channels, outputs;
  /* Between blocks of channels of v and of m, and from real to imaginary parts. */
  long v_stride, m_stride, v_imaginary, m_imaginary;
  /* From one point to the next. */
  long points, v_point, u_point, m_point;
} CTileProduct;

/* Tiles of an operand and their transforms: see Winograd in Kernels. */
typedef struct {
  /* Tiles of the whole operand along each axis; outputs of a tile, which is also their distance; what a
   * tile reads or yields before the transform; its points. */
  CExtents tiles, outputs, reads, points;
  /* Tiles that a strip takes; elements of a row of a strip; from one point to the next; from one vector of
   * channels to the next. */
  long strip_tiles, strip_row, point, vector;
  /* The operand: channels, extents, and where its elements stand. */
  long channels;
  CExtents extents;
  long offset, batch, channel, depth, height, width;
  CAxisMap depth_map, height_map, width_map;
  /* Whether the next strip is fetched meanwhile; whether whole lines of the cache are written past it. */
  long prefetches, streams;
} CTileStrips;
