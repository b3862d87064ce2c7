import CFFTW
import ConvCore

/// FFTW's transforms on their own: what a size, a kind of transform and the planner's effort cost and
/// bring, apart from any convolution.
///
/// Measured is the way of one real image there and back. The planner starts without wisdom; what it
/// knew before is put back afterwards.
public struct TransformProbe: Sendable, Hashable {
  /// How real images are transformed.
  public enum Kind: String, Sendable, CaseIterable {
    /// One image by FFTW's real transforms, which keep half of the spectrum.
    case real = "r2c"
    /// Two images as real and imaginary part of one complex transform. Nothing need be separated:
    /// a product with the spectrum of a real kernel convolves both.
    case packed = "packed c2c"
  }

  /// How the extents of a transform follow from what must fit in.
  public enum SizePolicy: String, Sendable, CaseIterable {
    /// Just as many points as are needed, whatever their factors.
    case exact
    /// The next product of 2, 3, 5 and 7 (at most one 11 or 13).
    case fast
    /// What this project takes: cheapest by its model of FFTW's time.
    case model
    /// The next power of two.
    case powerOfTwo = "power of two"

    /// Points for an axis that needs `n`.
    public func size(atLeast n: Int) -> Int {
      switch self {
      case .exact: return max(1, n)
      case .powerOfTwo:
        var size = 1
        while size < n { size *= 2 }
        return size
      case .fast: return FastSize.sizes(from: max(1, n), to: max(16, 2 * n)).first ?? n
      case .model: return FastSize.candidates(from: max(1, n)).min { cost($0) < cost($1) } ?? n
      }
    }

    private func cost(_ n: Int) -> Double { Double(n) * (FastSize.cost(n) + 0.3) }
  }

  /// What was measured.
  public struct Figures: Sendable {
    /// Seconds of planning both ways without wisdom, and again with what was learnt.
    public var planning: Double, remembered: Double
    /// Seconds of the way of one image there and back, of every execution.
    public var samples: [Double]
    /// |x' - x| / |x| of the image that came back, in the Euclidean norm.
    public var error: Double
    /// Bytes of the data of one execution.
    public var bytes: Int
  }

  /// Points of each axis.
  public var extents: [Int]
  /// How images are transformed.
  public var kind: Kind
  /// How long the planner searches.
  public var effort: PlannerEffort

  /// A probe.
  public init(_ extents: [Int], _ kind: Kind, _ effort: PlannerEffort) {
    (self.extents, self.kind, self.effort) = (extents, kind, effort)
  }

  /// Plans and measures for about `seconds`, at least five executions, on one thread.
  ///
  /// - Throws: `ConvError.invalid` for extents that FFTW's indices do not take; `overBudget` without
  ///   memory; `unsupported` where FFTW makes no plan.
  public func measure(
    _ scalar: ScalarKind, seconds: Double, seed: UInt64 = 1
  ) throws(ConvError) -> Figures {
    let product = extents.reduce(1.0) { $0 * Double($1) }
    guard !extents.isEmpty, extents.allSatisfy({ $0 > 0 }), product < 1e9 else {
      throw .invalid("a transform of \(extents) points cannot be measured")
    }
    return scalar == .f32
      ? try Bench<Float>(self, seed).run(seconds) : try Bench<Double>(self, seed).run(seconds)
  }
}

/// The plans and data of one probe.
private struct Bench<S: ProbedScalar>: ~Copyable {
  private let probe: TransformProbe
  private let count: Int
  private let original: Buffer<S>, image: Buffer<S>, spectrum: Buffer<S>
  private let forward: FFTWPlan<S>, back: FFTWPlan<S>
  private let planning: Double, remembered: Double

  init(_ probe: TransformProbe, _ seed: UInt64) throws(ConvError) {
    let count = probe.extents.reduce(1, *)
    let images = probe.kind == .packed ? 2 : 1
    let half = count / (probe.extents.last ?? 1) * ((probe.extents.last ?? 1) / 2 + 1)
    let original = try Buffer<S>(images * count)
    let image = try Buffer<S>(images * count)
    let spectrum = try Buffer<S>(2 * (probe.kind == .real ? half : count))
    let random = SeededRandom(seed: seed)
    for i in 0..<images * count { original.base[i] = S(2 * random.unit(at: i) - 1) }
    var cold = Planned(), warm = Planned()
    nonisolated(unsafe) let (data, bins) = (image.base, spectrum.base)
    FFTWPlanner.withoutWisdom(S.self) {
      cold = Planned(probe, S.self, data, bins)
      warm = Planned(probe, S.self, data, bins)
      warm.destroy(S.self)
      if cold.isWhole == false { cold.destroy(S.self) }
    }
    guard let there = cold.forward, let back = cold.back else {
      throw .unsupported("FFTW makes no plan for \(probe.extents)")
    }
    forward = FFTWPlan(there)
    self.back = FFTWPlan(back)
    (planning, remembered) = (cold.seconds, warm.seconds)
    (self.probe, self.count) = (probe, count)
    self.original = original
    self.image = image
    self.spectrum = spectrum
  }

  /// Both plans and how long they took.
  private struct Planned {
    var forward: OpaquePointer?, back: OpaquePointer?
    var seconds = 0.0
    var isWhole: Bool { forward != nil && back != nil }

    init() {}

    init(
      _ probe: TransformProbe, _: S.Type, _ data: UnsafeMutablePointer<S>,
      _ bins: UnsafeMutablePointer<S>
    ) {
      let extents = probe.extents.map { CInt($0) }
      let flags = probe.effort.flags
      let size = probe.extents.reduce(1, *)
      let start = ContinuousClock.now
      switch probe.kind {
      case .real:
        forward = S.planReal(extents, data, bins, flags)
        back = S.planRealInverse(extents, bins, data, flags)
      case .packed:
        forward = S.planComplex(extents, count: 1, distance: size, sign: -1, data, bins, flags)
        back = S.planComplex(extents, count: 1, distance: size, sign: 1, bins, data, flags)
      }
      seconds = Self.seconds(since: start)
    }

    static func seconds(since start: ContinuousClock.Instant) -> Double {
      let (whole, rest) = (ContinuousClock.now - start).components
      return Double(whole) + Double(rest) * 1e-18
    }

    func destroy(_: S.Type) {
      for plan in [forward, back] { if let plan { S.destroy(plan) } }
    }
  }

  /// There and back, into the image.
  private func execute() {
    switch probe.kind {
    case .real:
      forward.run(real: image.base, to: spectrum.base)
      back.run(spectrum: spectrum.base, to: image.base)
    case .packed:
      forward.run(image.base, to: spectrum.base)
      back.run(spectrum.base, to: image.base)
    }
  }

  consuming func run(_ seconds: Double) throws(ConvError) -> TransformProbe.Figures {
    image.base.update(from: original.base, count: original.count)
    execute()
    var (wrong, all) = (0.0, 0.0)
    for i in 0..<original.count {
      let (x, y) = (Double(original.base[i]), Double(image.base[i]) / Double(count))
      wrong += (y - x) * (y - x)
      all += x * x
    }
    let images = Double(original.count / count)
    let begin = ContinuousClock.now
    var samples: [Double] = []
    while samples.count < 5 || (Planned.seconds(since: begin) < seconds && samples.count < 500) {
      // Transforms do not normalise: numbers would grow without end.
      image.base.update(from: original.base, count: original.count)
      let start = ContinuousClock.now
      execute()
      samples.append(Planned.seconds(since: start) / images)
    }
    return TransformProbe.Figures(
      planning: planning, remembered: remembered, samples: samples,
      error: (wrong / all).squareRoot(), bytes: image.byteCount + spectrum.byteCount)
  }
}

/// FFTW's real transforms along several axes.
private protocol ProbedScalar: FFTWScalar {
  static func planReal(
    _ extents: [CInt], _ real: UnsafeMutablePointer<Self>, _ spectrum: UnsafeMutablePointer<Self>,
    _ flags: UInt32
  ) -> OpaquePointer?
  static func planRealInverse(
    _ extents: [CInt], _ spectrum: UnsafeMutablePointer<Self>, _ real: UnsafeMutablePointer<Self>,
    _ flags: UInt32
  ) -> OpaquePointer?
}

extension Float: ProbedScalar {
  static func planReal(
    _ extents: [CInt], _ real: UnsafeMutablePointer<Float>,
    _ spectrum: UnsafeMutablePointer<Float>, _ flags: UInt32
  ) -> OpaquePointer? {
    fftwf_plan_dft_r2c(
      CInt(extents.count), extents, real,
      UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftwf_complex.self), flags)
  }
  static func planRealInverse(
    _ extents: [CInt], _ spectrum: UnsafeMutablePointer<Float>,
    _ real: UnsafeMutablePointer<Float>, _ flags: UInt32
  ) -> OpaquePointer? {
    fftwf_plan_dft_c2r(
      CInt(extents.count), extents,
      UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftwf_complex.self), real, flags)
  }
}

extension Double: ProbedScalar {
  static func planReal(
    _ extents: [CInt], _ real: UnsafeMutablePointer<Double>,
    _ spectrum: UnsafeMutablePointer<Double>, _ flags: UInt32
  ) -> OpaquePointer? {
    fftw_plan_dft_r2c(
      CInt(extents.count), extents, real,
      UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftw_complex.self), flags)
  }
  static func planRealInverse(
    _ extents: [CInt], _ spectrum: UnsafeMutablePointer<Double>,
    _ real: UnsafeMutablePointer<Double>, _ flags: UInt32
  ) -> OpaquePointer? {
    fftw_plan_dft_c2r(
      CInt(extents.count), extents,
      UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftw_complex.self), real, flags)
  }
}
