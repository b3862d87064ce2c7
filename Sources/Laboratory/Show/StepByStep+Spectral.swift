import ConvCore
import Glibc

extension StepByStep {
  private func oneChannel(_ what: String) throws(ConvError) {
    guard padded.count == 1, problem.outChannels == 1, problem.stride == .one,
      problem.dilation == .one
    else { throw .unsupported("\(what) is shown for one channel at stride 1 and dilation 1") }
  }

  /// The convolution theorem (CLASSROOM D10), on the padded extents: no output wraps around.
  func spectra() throws(ConvError) -> [String] {
    try oneChannel("the product of spectra")
    let e = extents
    var lines = operandLines()
    var spread = Array(repeating: 0.0, count: e.count)
    for t in 0..<problem.kernel.count {
      spread[t / problem.kernel.w * e.w + t % problem.kernel.w] = weight(0, 0, t)
    }
    let x = Spectrum(padded[0], e)
    let w = Spectrum(spread, e)
    let product = x.times(conjugateOf: w)
    lines.append("spectrum of the input, \(e.h) x \(e.w) (half of it follows by symmetry)")
    lines += x.lines()
    lines.append("spectrum of the kernel, filled up with zeros to the same size")
    lines += w.lines()
    lines.append("input times the conjugate of the kernel: a correlation")
    lines += product.lines()
    lines.append("transformed back: a circular correlation")
    lines += Grid(product.inverse(), columns: e.w).lines()
    lines.append(
      "its first \(problem.output.h) x \(problem.output.w) values did not wrap around: the output")
    return lines + outputLines()
  }

  /// Blocks of a row, each correlated circularly (CLASSROOM D10; overlap-save).
  func overlapSave() throws(ConvError) -> [String] {
    try oneChannel("overlap-save")
    let (k, n) = (problem.kernel.w, problem.output.w)
    let block = max(4, 2 * k - 2).nextPowerOfTwo
    let step = block - k + 1
    var lines = operandLines()
    lines.append(
      "blocks of \(block) values along each row, \(step) apart: \(k - 1) values of each block are "
        + "read again by the next; * marks what wrapped around and is thrown away")
    for row in 0..<problem.output.h {
      for start in stride(from: 0, to: n, by: step) {
        var sums = Array(repeating: 0.0, count: block)
        var first: [Double] = []
        for kh in 0..<problem.kernel.h {
          let x = (0..<block).map { i in
            start + i < extents.w ? padded[0][(row + kh) * extents.w + start + i] : 0
          }
          if kh == 0 { first = x }
          for o in 0..<block {
            for t in 0..<k { sums[o] += x[(o + t) % block] * weight(0, 0, kh * k + t) }
          }
        }
        let kept = min(step, n - start)
        let cells = sums.indices.map { Grid.text(sums[$0]) + ($0 < kept ? "" : "*") }
        let input = first.map(Grid.text).joined(separator: " ")
        lines.append(
          "  row \(row), block at \(start): [\(input)] -> [\(cells.joined(separator: " "))]")
      }
    }
    return lines + outputLines()
  }

  /// F(2, 3) (Winograd 1980, Lavin and Gray 2016): two outputs of three taps in four products.
  func winograd() throws(ConvError) -> [String] {
    try oneChannel("F(2, 3)")
    guard problem.kernel.w == 3 else { throw .unsupported("F(2, 3) takes kernels of three taps") }
    var lines = operandLines()
    lines.append("F(2, 3) along each row: B'd = (d0-d2, d1+d2, d2-d1, d1-d3),")
    lines.append("  Gg = (g0, (g0+g1+g2)/2, (g0-g1+g2)/2, g2), y = (m0+m1+m2, m1-m2-m3)")
    for row in 0..<problem.output.h {
      for start in stride(from: 0, to: problem.output.w, by: 2) {
        var total = [0.0, 0.0]
        var products = 0
        for kh in 0..<problem.kernel.h {
          let d = (0..<4).map { i in
            start + i < extents.w ? padded[0][(row + kh) * extents.w + start + i] : 0
          }
          let g = (0..<3).map { weight(0, 0, kh * 3 + $0) }
          let b = [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
          let u = [g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]]
          let m = (0..<4).map { b[$0] * u[$0] }
          products += 4
          total[0] += m[0] + m[1] + m[2]
          total[1] += m[1] - m[2] - m[3]
          lines.append(
            "  row \(row), outputs \(start) and \(start + 1), kernel row \(kh): "
              + "(\(b.map(Grid.text).joined(separator: ", "))) * "
              + "(\(u.map(Grid.text).joined(separator: ", "))) = "
              + "(\(m.map(Grid.text).joined(separator: ", ")))")
        }
        let kept = total.prefix(problem.output.w - start).map(Grid.text).joined(separator: ", ")
        lines.append("    sums: \(kept); \(products) products instead of \(6 * problem.kernel.h)")
      }
    }
    return lines + outputLines()
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int {
    var p = 1
    while p < self { p *= 2 }
    return p
  }
}

/// A two-dimensional discrete Fourier transform by its definition: for a few dozen numbers.
struct Spectrum {
  private let re: [Double], im: [Double]
  private let extents: Extents

  private init(re: [Double], im: [Double], _ extents: Extents) {
    self.re = re
    self.im = im
    self.extents = extents
  }

  /// X[u, v] = sum x[h, w] exp(-2 pi i (u h / H + v w / W)).
  init(_ x: [Double], _ e: Extents) {
    let zeros = Array(repeating: 0.0, count: x.count)
    (re, im) = Self.transform(x, zeros, e, sign: -1)
    extents = e
  }

  func times(conjugateOf w: Spectrum) -> Spectrum {
    Spectrum(
      re: re.indices.map { re[$0] * w.re[$0] + im[$0] * w.im[$0] },
      im: re.indices.map { im[$0] * w.re[$0] - re[$0] * w.im[$0] }, extents)
  }

  /// The real part of the inverse transform.
  func inverse() -> [Double] {
    Self.transform(re, im, extents, sign: 1).re.map { $0 / Double(extents.count) }
  }

  /// The columns that do not follow from symmetry.
  func lines() -> [String] {
    let columns = extents.w / 2 + 1
    let rows = (0..<extents.h).map { u in
      (0..<columns).map { v in Grid.text(re[u * extents.w + v], im[u * extents.w + v]) }
    }
    return Grid(rows).lines()
  }

  private static func transform(_ re: [Double], _ im: [Double], _ e: Extents, sign: Double) -> (
    re: [Double], im: [Double]
  ) {
    var result = (
      re: Array(repeating: 0.0, count: re.count), im: Array(repeating: 0.0, count: re.count)
    )
    for u in 0..<e.h {
      for v in 0..<e.w {
        for h in 0..<e.h {
          for w in 0..<e.w {
            // Reduced before dividing, so that multiples of a turn are exact.
            let turns = Double(u * h % e.h) / Double(e.h) + Double(v * w % e.w) / Double(e.w)
            let angle = sign * 2 * Double.pi * turns
            let (c, s) = (cos(angle), sin(angle))
            let i = h * e.w + w
            result.re[u * e.w + v] += re[i] * c - im[i] * s
            result.im[u * e.w + v] += re[i] * s + im[i] * c
          }
        }
      }
    }
    return result
  }
}
