import ConvCore
import DirectConv
import Glibc
import SpectralConv
import Testing

@testable import Laboratory

@Suite("Studies") struct StudyTests {
  /// Exact powers give their exponents.
  @Test(arguments: [0.5, 1.0, -2.0, 0.0])
  func fitsExactPowers(_ exponent: Double) throws {
    let points = [3.0, 5, 7, 11, 21].map { (x: $0, y: 2.5e-7 * pow($0, exponent)) }
    let fit = try #require(PowerFit(points))
    #expect(abs(fit.exponent - exponent) < 1e-12)
    #expect(abs(fit.factor / 2.5e-7 - 1) < 1e-12)
    #expect(fit.interval.upperBound - fit.interval.lowerBound < 1e-7)
  }

  /// By hand: logarithms to base 2 of (1, 1), (2, 4), (4, 4): x 0, 1, 2; y 0, 2, 2. Slope 1, and the
  /// residues -1/3, 2/3, -1/3 with one degree of freedom: 12.706 sqrt((2/3) / 2).
  @Test func fitByHand() throws {
    let fit = try #require(PowerFit([(1, 1), (2, 4), (4, 4)]))
    #expect(abs(fit.exponent - 1) < 1e-12)
    let half = 12.706 * (2.0 / 3 / 2).squareRoot()
    #expect(abs(fit.interval.upperBound - 1 - half) < 1e-9)
  }

  @Test func fitOfTooLittle() {
    #expect(PowerFit([(1, 1)]) == nil)
    #expect(PowerFit([(3, 1), (3, 2)]) == nil)
    #expect(PowerFit([(0, 1), (-1, 2), (.nan, 3), (2, .infinity)]) == nil)
    #expect(abs((PowerFit([(1, 1), (2, 8)])?.exponent ?? 0) - 3) < 1e-12)
    // Student's distribution in tables: 2.086 of 20 degrees, 1.980 of 120.
    #expect(abs(PowerFit.student(20) - 2.086) < 0.01)
    #expect(abs(PowerFit.student(120) - 1.980) < 0.001)
  }

  /// Once 10 and 1 each against 2 and 3 each: 10 + n < 2 + 3 n from n = 5 on.
  @Test func amortisation() {
    let spectral = Amortisation(once: 10, each: 1)
    #expect(spectral.callsToPay(against: Amortisation(once: 2, each: 3)) == 5)
    #expect(spectral.callsToPay(against: Amortisation(once: 20, each: 3)) == 1)
    #expect(spectral.callsToPay(against: Amortisation(once: 0, each: 1)) == nil)
    #expect(spectral.callsToPay(against: Amortisation(once: 0, each: .nan)) == nil)
  }

  /// The models' exponents: a running sum of n white terms errs as sqrt(n).
  @Test func expectedErrors() throws {
    let sums = [64, 256, 1024, 4096].map {
      (Double($0), ErrorModel.summation(terms: $0, chunk: $0).expected(taps: 9))
    }
    #expect(abs(try #require(PowerFit(sums)).exponent - 0.5) < 0.01)
    #expect(ErrorModel.roundedOnce.expected(taps: 9) == 1)
    // Chunks of 32 of 1024: (33 + 33) / 2.
    #expect(ErrorModel.summation(terms: 1024, chunk: 32).expected(taps: 9) == 33.0.squareRoot())
  }

  @Test func phases() throws {
    var options = Experiment.Options()
    options.planner = .estimate
    let problem = try ConvProblem(descriptor: "mb2_ic8ih20oc8oh20kh3ph1")
    let split = try PhaseSplit(problem, OverlapSave(), threads: 1, options, seconds: 0.01)
    let told = Set(split.phases.map(\.phase))
    #expect(told.isSuperset(of: [.forward, .multiply, .inverse]))
    #expect(split.phases.reduce(0) { $0 + $1.milliseconds } <= split.total)
    #expect(split.plan > 0 && split.prepare > 0 && split.rest >= 0)
    let records = split.records(name: "x")
    #expect(records.allSatisfy { $0.count == PhaseSplit.columns.count })
    #expect(records.map { $0[7] }.first == "plan" && records.map { $0[7] }.last == "other")
  }

  @Test(arguments: ScalarKind.allCases, TransformProbe.Kind.allCases)
  func transforms(_ scalar: ScalarKind, _ kind: TransformProbe.Kind) throws {
    let figures = try TransformProbe([12, 15], kind, .estimate).measure(scalar, seconds: 0)
    #expect(figures.samples.count == 5)
    #expect(figures.error > 0 && figures.error < 10 * scalar.unitRoundoff)
    #expect(throws: ConvError.self) {
      try TransformProbe([0], kind, .estimate).measure(scalar, seconds: 0)
    }
    #expect(throws: ConvError.self) {
      try TransformProbe([1 << 20, 1 << 20], kind, .estimate).measure(scalar, seconds: 0)
    }
  }

  @Test func sizePolicies() {
    typealias Policy = TransformProbe.SizePolicy
    #expect(Policy.allCases.map { $0.size(atLeast: 1) } == [1, 1, 1, 1])
    #expect(Policy.exact.size(atLeast: 527) == 527)
    #expect(Policy.fast.size(atLeast: 527) == 528)
    #expect(Policy.powerOfTwo.size(atLeast: 527) == 1024)
    #expect((527...1024).contains(Policy.model.size(atLeast: 527)))
  }

  /// A small study of each kind, every row written.
  @Test func studyOfErrors() throws {
    var options = Experiment.Options()
    (options.threads, options.planner) = ([1], .estimate)
    var rows = 0
    var extents = ErrorStudy.Extents()
    (extents.kernels, extents.channels, extents.tiles) = ([3, 5, 9, 15], [1, 8, 64], [8, 16, 32])
    (extents.kernelChannels, extents.tileChannels) = (4, 8)
    (extents.outputs, extents.tiledOutputs) = (12, 30)
    let study = try ErrorStudy(.f32, extents, algorithms: ["direct"])
    let curves = try study.run(
      options,
      finished: { row throws(ConvError) in
        rows += 1
        #expect(row.outcome.status == .ok, "\(row.outcome.algorithm): \(row.outcome.reason)")
      })
    #expect(rows == study.parts.reduce(0) { $0 + $1.cells.count })
    func curve(_ along: String, _ algorithm: String) throws -> ErrorStudy.Curve {
      try #require(curves.first { $0.along == along && $0.algorithm == algorithm })
    }
    // The published shape: Winograd's error grows with the tile, the FFT's hardly.
    let winograd = try curve("tile", "winograd").points
    #expect(winograd.count == 3 && winograd[2].y > 5 * winograd[0].y)
    let fft = try curve("tile", "fft-tiled").points
    #expect(fft.count == 3)
    for point in fft { #expect(point.y < 2 * fft[0].y && point.y > fft[0].y / 2) }
    // Sums grow with the number of terms: k squared of them.
    let direct = try curve("kernel", "direct")
    let fit = try #require(direct.fit), theory = try #require(direct.theory)
    #expect(fit.exponent > 0.2 && abs(fit.exponent - theory.exponent) < 0.4)
  }

  @Test func studyOfTransforms() throws {
    var options = Experiment.Options()
    (options.threads, options.seconds) = ([1], 0.2)
    let problem = try ConvProblem(descriptor: "mb1_ic1ih20oc1oh20kh3ph1")
    let study = FFTStudy(problem, options)
    #expect(study.extents == [22, 22])
    var rows: [FFTStudy.Row] = []
    try study.run(finished: { row throws(ConvError) in rows.append(row) })
    #expect(
      rows.allSatisfy { $0.status == .ok && study.fields($0).count == FFTStudy.columns.count })
    // Every kind and effort, and every policy named somewhere.
    let transforms = rows.filter { $0.part == "transform" }
    #expect(Set(transforms.map { "\($0.kind) \($0.planner)" }).count == 6)
    let policies = Set(transforms.flatMap { $0.policy.split(separator: ", ").map(String.init) })
    #expect(policies == Set(TransformProbe.SizePolicy.allCases.map(\.rawValue)))
    // Tiles of 16 fit a kernel of 3; larger ones than the image are the whole image.
    #expect(rows.contains { $0.part == "convolution" && $0.variant == "fftw-t16" })
  }
}
