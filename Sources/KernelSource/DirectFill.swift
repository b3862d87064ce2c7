import CSystem

/// Every `every`-th index of a map from `first` on, and the run among them that is consecutive: see
/// `DirectScalar.fill` in Kernels.
typealias FillAxis = (
  map: UnsafePointer<Int32>, length: Int, first: Int, every: Int, count: Int, run: Range<Int>
)

/// to[r pitch + i step] = x[rows[r] rowStep + columns[i] columnStep], zero where a map says so.
@inline(__always)
private func fill<V: Vector>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, rows: FillAxis, _ rowStep: Int, columns: FillAxis,
  _ columnStep: Int, _ to: UnsafeMutablePointer<V.Scalar>, _ pitch: Int, _ step: Int
) {
  @inline(__always)
  func source(_ axis: FillAxis, _ i: Int) -> Int {
    let j = axis.first &+ i &* axis.every
    return j < axis.length ? Int(axis.map[j]) : -1
  }
  let run = columns.run
  let start = run.isEmpty ? 0 : source(columns, run.lowerBound)
  let stride = columns.every &* columnStep
  var isPadded = true
  for i in 0..<run.lowerBound { isPadded = isPadded && source(columns, i) < 0 }
  for i in run.upperBound..<columns.count { isPadded = isPadded && source(columns, i) < 0 }
  for r in 0..<rows.count {
    let row = source(rows, r)
    let q = to + r &* pitch
    if row < 0 {
      clear(V.self, columns.count, q, step)
      continue
    }
    let p = x + row &* rowStep
    copy(
      V.self, run.count, p + start &* columnStep, stride, q + run.lowerBound &* step, step,
      next: rows.every &* rowStep)
    if isPadded {
      clear(V.self, run.lowerBound, q, step)
      clear(V.self, columns.count &- run.upperBound, q + run.upperBound &* step, step)
      continue
    }
    for i in 0..<run.lowerBound {
      let column = source(columns, i)
      q[i &* step] = column < 0 ? 0 : p[column &* columnStep]
    }
    for i in run.upperBound..<columns.count {
      let column = source(columns, i)
      q[i &* step] = column < 0 ? 0 : p[column &* columnStep]
    }
  }
}

@inline(__always)
private func clear<V: Vector>(
  _: V.Type, _ count: Int, _ to: UnsafeMutablePointer<V.Scalar>, _ step: Int
) {
  if step == 1 {
    var i = 0
    while i &+ V.lanes <= count {
      V().store(to + i)
      i &+= V.lanes
    }
    while i < count {
      to[i] = 0
      i &+= 1
    }
  } else {
    for i in 0..<count { to[i &* step] = 0 }
  }
}

@inline(__always)
private func copy<V: Vector>(
  _: V.Type, _ count: Int, _ from: UnsafePointer<V.Scalar>, _ stride: Int,
  _ to: UnsafeMutablePointer<V.Scalar>, _ step: Int, next: Int
) {
  if stride == 1 && step == 1 {
    var i = 0
    while i &+ V.lanes <= count {
      cv_prefetch_t0(from + (i &+ next))
      V.load(from + i).store(to + i)
      i &+= V.lanes
    }
    if count >= V.lanes {
      let last = count &- V.lanes
      V.load(from + last).store(to + last)
    } else {
      while i < count {
        to[i] = from[i]
        i &+= 1
      }
    }
  } else if (stride == 2 || stride == 4) && step == 1 {
    let all = UInt32(truncatingIfNeeded: 1 &<< V.lanes &- 1)
    var i = 0
    while i &+ V.lanes <= count {
      let v =
        stride == 2
        ? V().loading(even: from + 2 &* i, lanes: all)
        : V().loading(fourth: from + 4 &* i, lanes: all)
      v.store(to + i)
      i &+= V.lanes
    }
    while i < count {
      to[i] = from[stride &* i]
      i &+= 1
    }
  } else {
    for i in 0..<count { to[i &* step] = from[i &* stride] }
  }
}

/// See `DirectScalar.fill` in Kernels.
@inline(never)
public func directFill(
  _ x: UnsafePointer<Float>,
  rows: (
    map: UnsafePointer<Int32>, length: Int, first: Int, every: Int, count: Int, run: Range<Int>
  ), _ rowStep: Int,
  columns: (
    map: UnsafePointer<Int32>, length: Int, first: Int, every: Int, count: Int, run: Range<Int>
  ), _ columnStep: Int, _ to: UnsafeMutablePointer<Float>, _ pitch: Int, _ step: Int
) {
  fill(V32.self, x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
}

/// The same of Double.
@inline(never)
public func directFill(
  _ x: UnsafePointer<Double>,
  rows: (
    map: UnsafePointer<Int32>, length: Int, first: Int, every: Int, count: Int, run: Range<Int>
  ), _ rowStep: Int,
  columns: (
    map: UnsafePointer<Int32>, length: Int, first: Int, every: Int, count: Int, run: Range<Int>
  ), _ columnStep: Int, _ to: UnsafeMutablePointer<Double>, _ pitch: Int, _ step: Int
) {
  fill(V64.self, x, rows: rows, rowStep, columns: columns, columnStep, to, pitch, step)
}
