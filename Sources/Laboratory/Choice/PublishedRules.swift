import ConvCore
import Glibc

/// The rules that are judged by `compare rules`, written from what their projects document. Each
/// speaks of the problems that its own library computes.
public enum PublishedRules {
  /// The published rules and the trivial ones, in the order of tables.
  public static let all: [any SelectionRule] = [
    scipy, dsp, imageFiltering, openCV, nnpack, AlwaysRule("direct"), AlwaysRule("im2col"),
    AlwaysRule("fft"), AlwaysRule("fft-tiled"),
  ]

  /// SciPy's `choose_conv_method`: modelled times of one channel, with constants fitted on one
  /// machine in the cloud.
  ///
  /// With S the extents of the input, K those of the kernel and N the points of the full result:
  /// transforms if a 3 N ln N < b D + c, where D are the direct multiplications of the mode.
  public static let scipy = PublishedRule(
    "scipy",
    source:
      "SciPy, choose_conv_method (pull request 11031): direct or fft by modelled times of one "
      + "channel; stride and dilation 1"
  ) { p in
    guard isPlain(p), p.border == .zeros else { return nil }
    let (x, h) = (p.spatialAxes.map(\.input), p.spatialAxes.map(\.kernel))
    let outputs = p.spatialAxes.map { $0.output(.convolution) }
    let full = zip(x, h).map { $0 + $1 - 1 }
    let isLine = p.rank == 1
    let isSame = outputs == x
    let isFull = outputs == full
    // A padding that is neither is what `valid` gets of an input that was padded beforehand.
    let valid = outputs
    let signal = isSame || isFull ? x : p.spatialAxes.map(\.paddedExtent)
    let direct: Double
    let constants: (transform: Double, direct: Double)
    if isSame {
      let same = isLine ? x[0] * h[0] - h[0] / 2 * ((h[0] + 1) / 2) : 0
      direct = isLine ? Double(x[0] < h[0] ? x[0] * h[0] : same) : product(x) * product(h)
      constants =
        isLine
        ? (h[0] <= x[0] ? (3.2646654e-9, 2.8478277e-10) : (3.21635404e-9, 1.1773253e-8))
        : (2.04735e-9, 1.55367e-8)
    } else if isFull {
      direct =
        isLine ? product(x) * product(h) : min(product(x), product(h)) * product(full)
      constants = isLine ? (1.7649070e-9, 2.1414831e-10) : (1.99817e-9, 1.66174e-8)
    } else {
      direct = min(product(signal), product(h)) * product(valid)
      constants = isLine ? (1.89095737e-9, 2.1364985e-10) : (1.85927e-9, 2.11242e-8)
    }
    let points = product(zip(signal, h).map { $0 + $1 - 1 })
    let offset = isLine ? (isSame && h[0] > x[0] ? -1e-5 : -1e-3) : -1e-4
    let transforms = constants.transform * 3 * points * log(points)
    return transforms < constants.direct * direct + offset ? ["fft"] : ["direct"]
  }

  /// DSP.jl's `conv`: direct below 2^16 pairs of elements, else overlap-save if its tile is shorter
  /// than the full result along any axis, else one transform.
  public static let dsp = PublishedRule(
    "dsp.jl",
    source: "DSP.jl, conv with algorithm :auto: direct if length(u) length(v) < 2^16, else "
      + "overlap-save if its tile is shorter than the result, else one transform"
  ) { p in
    guard isPlain(p), p.border == .zeros else { return nil }
    let axes = p.spatialAxes
    if product(axes.map(\.input)) * product(axes.map(\.kernel)) < 65536 { return ["direct"] }
    let isShorter = axes.contains {
      let (long, short) = (max($0.input, $0.kernel), min($0.input, $0.kernel))
      return overlapSaveTile(short, long) < long + short - 1
    }
    return isShorter ? ["fft-tiled"] : ["fft"]
  }

  /// The power of two that costs least multiplications for each output of overlap-save:
  /// (n log2 n + n) / (n - k + 1), searched upwards until it rises.
  static func overlapSaveTile(_ kernel: Int, _ signal: Int) -> Int {
    func cost(_ n: Int) -> Double {
      (Double(n) * log2(Double(n)) + Double(n)) / Double(n - kernel + 1)
    }
    let full = kernel + signal - 1
    var n = powerOfTwo(atLeast: kernel)
    let most = powerOfTwo(atLeast: full)
    while n * 2 <= most && cost(n * 2) <= cost(n) { n *= 2 }
    return n > full ? full : n
  }

  private static func powerOfTwo(atLeast n: Int) -> Int {
    var power = 1
    while power < n { power *= 2 }
    return power
  }

  /// ImageFiltering.jl's default: a transform if any factor of the kernel has more than 30 elements.
  /// General kernels do not factor, so the kernel itself counts.
  public static let imageFiltering = PublishedRule(
    "imagefiltering",
    source: "ImageFiltering.jl, filter_algorithm: FFT if a factor of the kernel has more than 30 "
      + "elements, else FIR; the kernel taken as it is, unfactored"
  ) { p in
    guard isPlain(p) else { return nil }
    return p.kernel.count > 30 ? ["fft"] : ["direct"]
  }

  /// OpenCV's `filter2D`: by blocks of discrete Fourier transforms from 130 taps on in single
  /// precision, from 50 on in double.
  public static let openCV = PublishedRule(
    "opencv",
    source: "OpenCV, filter2D: DFT by blocks from 130 taps on for 32F (with SSE3), from 50 on for "
      + "64F, else direct; rank 2"
  ) { p in
    guard isPlain(p), p.rank == 2 else { return nil }
    return p.kernel.count >= (p.scalar == .f32 ? 130 : 50) ? ["fft-tiled", "fft"] : ["direct"]
  }

  /// NNPACK's automatic choice: direct for 1x1, F(6x6, 3x3) for 3x3, tiles of 8x8 or 16x16 for
  /// kernels of up to 16, else an implicit matrix product.
  public static let nnpack = PublishedRule(
    "nnpack",
    source: "NNPACK, nnp_convolution_algorithm_auto: 1x1 direct, 3x3 F(6x6,3x3), up to 16x16 tiled "
      + "FFT, larger or strided implicit GEMM; rank 2, one group, dilation 1"
  ) { p in
    guard p.operation == .convolution, p.pass == .forward, p.rank == 2, p.groups == 1,
      p.dilation == .one, p.border == .zeros
    else { return nil }
    let (h, w) = (p.kernel.h, p.kernel.w)
    if p.stride != .one { return ["im2col"] }
    if h == 1 && w == 1 { return ["direct"] }
    if h == 3 && w == 3 { return ["winograd:f6", "winograd"] }
    return max(h, w) <= 16 ? ["fft-tiled"] : ["im2col"]
  }

  /// A forward convolution at stride and dilation 1: what libraries for signals and pictures do.
  private static func isPlain(_ p: ConvProblem) -> Bool {
    p.operation == .convolution && p.pass == .forward && p.stride == .one && p.dilation == .one
  }

  private static func product(_ values: [Int]) -> Double {
    values.reduce(1) { $0 * Double($1) }
  }
}
