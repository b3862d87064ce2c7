import ConvCore

/// What is known of one result: its value to more than the scalar's precision, and what bounds of
/// its rounding error need.
struct TermSum {
  /// The value, rounded to Double.
  var value = 0.0
  /// What rounding left of it; 0 unless the sum was formed in more than Double.
  var rest = 0.0
  /// Sum of the squares of all terms.
  var squares = 0.0
  /// Sum of the squares of all partial sums, in the larger of two orders: taps within channels, as
  /// stored, and channels within taps.
  var partials = 0.0
}

/// A type that sums are formed in.
protocol Accumulator: BinaryFloatingPoint, BitwiseCopyable {
  /// The value rounded to Double.
  var inDouble: Double { get }
}
extension Double: Accumulator {}
#if arch(x86_64)
  extension Float80: Accumulator {
    var inDouble: Double { Double(self) }
  }
  /// What Double sums are formed in: 64 bits of mantissa.
  typealias WiderThanDouble = Float80
#else
  /// What Double sums are formed in: no wider type here, so the oracle's own error counts too.
  typealias WiderThanDouble = Double
#endif

/// Work space for summing one result at a time.
struct TermSpace: ~Copyable {
  let first: Buffer<Int>
  let second: Buffer<Int>
  fileprivate let taps: Buffer<Double>

  /// For as many positions as any result of `terms` sums over.
  init(_ terms: Terms) throws(ConvError) {
    let positions = terms.depth.most * terms.height.most * terms.width.most
    let first = try Buffer<Int>(positions)
    let second = try Buffer<Int>(positions)
    let taps = try Buffer<Double>(positions)
    self.first = first
    self.second = second
    self.taps = taps
  }
}

extension Terms {
  /// Sums the terms of one result.
  @specialized(where A == Float, B == Float, W == Double)
  @specialized(where A == Float, B == Double, W == Double)
  @specialized(where A == Double, B == Double, W == WiderThanDouble)
  func sum<A: ConvScalar, B: ConvScalar, W: Accumulator>(
    _ index: Int, _ first: UnsafePointer<A>, _ second: UnsafePointer<B>,
    _ space: borrowing TermSpace, as: W.Type
  ) -> TermSum {
    let place = place(index)
    let positions = collect(place, space)
    let (firsts, seconds, taps) = (space.first.base, space.second.base, space.taps.base)
    taps.update(repeating: 0, count: positions)
    var sum: W = 0
    var squares = 0.0
    var partials = 0.0
    for r in 0..<reduced {
      let a = first + (place.first &+ r &* firstStep)
      let b = second + (place.second &+ r &* secondStep)
      for p in 0..<positions {
        let x = W(a[firsts[p]].inDouble)
        let term = hasSecond ? x * W(b[seconds[p]].inDouble) : x
        sum += term
        let (t, s) = (term.inDouble, sum.inDouble)
        squares += t * t
        partials += s * s
        taps[p] += t
      }
    }
    var result = TermSum()
    result.value = sum.inDouble
    result.rest = (sum - W(result.value)).inDouble
    result.squares = squares
    result.partials = max(partials, tapwisePartials(taps, positions, squares))
    return result
  }

  /// Writes out where the operands of each position's term stand; returns how many there are.
  func collect(_ place: Place, _ space: borrowing TermSpace) -> Int {
    let (firsts, seconds) = (space.first.base, space.second.base)
    return depth.with(place.d) { depths, depthsInSecond in
      height.with(place.h) { rows, rowsInSecond in
        width.with(place.w) { first, second in
          var n = 0
          for d in depths.indices {
            for h in rows.indices {
              let (a, b) = (depths[d] + rows[h], depthsInSecond[d] + rowsInSecond[h])
              for w in first.indices {
                firsts[n] = a &+ first[w]
                seconds[n] = b &+ second[w]
                n &+= 1
              }
            }
          }
          return n
        }
      }
    }
  }

  /// Sum of squared partial sums where the outer loop runs over the taps and the inner one over the
  /// channels: from s to s + v in m steps it is about m (s^2 + s v + v^2 / 3), and the spread of the
  /// steps adds m / 6 of their squares.
  private func tapwisePartials(
    _ taps: UnsafeMutablePointer<Double>, _ positions: Int, _ squares: Double
  ) -> Double {
    guard reduced > 1, positions > 1 else { return 0 }
    let m = Double(reduced)
    var s = 0.0
    var sum = m / 6 * squares
    for p in 0..<positions {
      let v = taps[p]
      sum += m * (s * s + s * v + v * v / 3)
      s += v
    }
    return sum
  }
}
