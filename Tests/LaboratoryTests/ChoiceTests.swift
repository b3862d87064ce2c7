import ConvCore
import ConvTestSupport
import DirectConv
import Foundation
import SpectralConv
import Testing

@testable import Laboratory

private let contenders: [any ConvAlgorithm] = [
  Direct(), Im2col(), Winograd(), WholeImageFFT(), OverlapSave(),
]

private func file() -> String {
  FileManager.default.temporaryDirectory.appending(path: "choice-\(UUID())/choice.json").path
}

private func layer(_ text: String) throws -> ConvProblem {
  try NamedProblem(descriptor: text).problem
}

@Suite("The fits") struct LeastSquaresTests {
  /// Values made of known coefficients, one of them zero, are found again.
  @Test func findsCoefficients() {
    let truth = [2.0, 0, 0.5, 7]
    let rows = (0..<40).map { i in
      truth.indices.map { Sample.uniform(4, seed: UInt64(i))[$0] + 1.5 }
    }
    let values = rows.map { zip($0, truth).reduce(0) { $0 + $1.0 * $1.1 } }
    let found = LeastSquares.relative(rows, values, prior: [1, 1, 1, 1], strength: 1e-6)
    for (a, b) in zip(found, truth) { #expect(abs(a - b) < 1e-3, "\(found)") }
  }

  /// Least squares alone would want a negative coefficient: x - y at (1, 0), (2, 1).
  @Test func staysAboveZero() {
    let found = LeastSquares.relative(
      [[1, 0], [2, 1]], [1, 1], prior: [0, 0], strength: 0)
    #expect(found[1] == 0)
    // Of one coefficient: minimum of (c - 1)^2 + (2 c - 1)^2 is at 3/5.
    #expect(abs(found[0] - 0.6) < 1e-9)
  }

  @Test func priorDecidesWhatRowsLeaveOpen() {
    // Both columns are the same: only their sum is known.
    let found = LeastSquares.relative(
      [[1, 1], [2, 2]], [4, 8], prior: [3, 1], strength: 1e-3)
    #expect(abs(found[0] - 3) < 1e-3 && abs(found[1] - 1) < 1e-3)
  }

  @Test func interpolatesAndForgetsFarAway() throws {
    let points = (0..<20).map { [Double($0) / 2] }
    let values = points.map { sin($0[0]) }
    let (fit, errors) = try #require(
      LeastSquares.interpolation(points, values, width: 1, noise: 0.01))
    #expect(abs(fit.value(at: [3.25]) - sin(3.25)) < 0.01)
    #expect(abs(fit.value(at: [1000])) < 1e-12)
    // An inner point left out is guessed from its neighbours.
    #expect(errors[5...14].allSatisfy { abs($0) < 0.02 })
    // The error of leaving a point out is that of a fit without it.
    var (fewer, others) = (points, values)
    fewer.remove(at: 7)
    others.remove(at: 7)
    let (without, _) = try #require(
      LeastSquares.interpolation(fewer, others, width: 1, noise: 0.01))
    #expect(abs(values[7] - without.value(at: points[7]) - errors[7]) < 1e-6)
  }
}

@Suite("The cost model") struct CostModelTests {
  @Test func countsOfALayer() throws {
    let p = try layer("mb2ic16ih8oc40oh8kh3ph1")
    let resources = try Resources(threads: 1)
    func work(_ a: any ConvAlgorithm) throws -> Work {
      guard case .supported(let e) = a.support(p, resources) else { throw ConvError.interrupted }
      return Work(p, e, isa: .avx2)
    }
    let direct = try work(Direct())
    #expect(direct.regime == .channels)
    #expect(direct[.products] == 2 * 40 * 64 * 16 * 9)
    #expect(direct[.forward] == 2 * 16 * 64 * 9 && direct[.inverse] == 2 * 40 * 64)
    #expect(direct[.weights] == 40 * 16 * 9 && direct[.lanes] == direct[.products])
    // F(2x2, 3x3): 16 tiles of 16 points.
    let winograd = try work(Winograd(tile: 2))
    #expect(winograd[.products] == 2 * 16 * 16 * 40 * 16)
    #expect(winograd[.forward] == 2 * 16 * 16 * 16 && winograd[.inverse] == 2 * 16 * 16 * 40)
    #expect(winograd[.forwardLog] == 4 * winograd[.forward])
    #expect(winograd[.weights] == 16 * 16 * 40)
  }

  @Test func everyPassAndKindHasCounts() throws {
    let resources = try Resources(threads: 2)
    for seed in 0..<300 {
      guard let p = Sample.problem(seed: seed) else { continue }
      for algorithm in contenders {
        guard case .supported(let e) = algorithm.support(p, resources) else { continue }
        let work = Work(p, e, isa: .avx512)
        #expect(work.counts.allSatisfy { $0.isFinite && $0 >= 0 }, "\(p.summary)")
        let seconds = CostModel.nominal(threads: 2, isa: .avx512).seconds(
          algorithm.name, work, p.scalar, threads: 2, isa: .avx512)
        #expect(seconds > 0 && seconds.isFinite, "\(algorithm.name) \(p.summary)")
      }
    }
  }

  /// Times that follow another machine's coefficients are predicted within a few per cent.
  @Test func learnsAnotherMachine() throws {
    let resources = try Resources(threads: 1)
    var truth: [Double] = CostModel.defaultEntry("im2col", .channels, .avx512).coefficients
    for i in truth.indices { truth[i] *= i % 2 == 0 ? 3 : 0.5 }
    let rate = 1e10
    var samples: [CostSample] = []
    for p in CalibrationProblems.all(seed: 3) where samples.count < 60 {
      guard case .supported(let e) = Im2col().support(p, resources) else { continue }
      let work = Work(p, e, isa: .avx512)
      guard work.regime == .channels else { continue }
      let cost = zip(truth, work.counts).reduce(0) { $0 + $1.0 * $1.1 }
      samples.append(CostSample(Im2col().name, work, seconds: cost / rate))
    }
    let model = CostModel(
      fitting: Array(samples.prefix(40)), threads: 1, isa: .avx512, rate: rate)
    var (worst, sum) = (0.0, 0.0)
    for sample in samples.suffix(20) {
      let guess = model.seconds(
        sample.algorithm, sample.work, .f32, threads: 1, isa: .avx512)
      worst = max(worst, abs(guess / sample.seconds - 1))
      sum += abs(guess / sample.seconds - 1)
    }
    #expect(sum / 20 < 0.05 && worst < 0.25, "\(sum / 20), at worst \(worst)")
    // Twice the threads take half the time, doubles twice.
    let work = samples[0].work
    let one = model.seconds(Im2col().name, work, .f32, threads: 1, isa: .avx512)
    #expect(model.seconds(Im2col().name, work, .f32, threads: 2, isa: .avx512) == one / 2)
    #expect(model.seconds(Im2col().name, work, .f64, threads: 1, isa: .avx512) == one * 2)
  }

  @Test func calibrationProblemsAreManyAndSmall() {
    let all = CalibrationProblems.all(seed: 1)
    #expect(all.count == 400)
    #expect(Set(all.prefix(60).map(\.pass)).count == 3)
    #expect(all.allSatisfy { $0.operandBytes < 64 << 20 })
    #expect(all == CalibrationProblems.all(seed: 1) && all != CalibrationProblems.all(seed: 2))
  }

  @Test func calibratesInTheTimeGiven() throws {
    let start = ContinuousClock.now
    let model = try Calibration(contenders, seconds: 1).run(
      try Resources(pool: ThreadPool(width: 1), planner: .estimate))
    #expect(ContinuousClock.now - start < .seconds(20))
    #expect(model.isSound && model.entries.values.contains { $0.problems > 0 })
    let cancelled = Cancellation()
    cancelled.cancel()
    #expect(throws: ConvError.interrupted) {
      try Calibration(contenders, seconds: 60).run(
        try Resources(threads: 1), cancellation: cancelled)
    }
  }
}

@Suite("Choosing") struct ChooserTests {
  /// A model in which im2col is free and everything else dear, or the other way round.
  private func wisdom(cheap: String) -> ChoiceWisdom {
    var wisdom = ChoiceWisdom()
    var entries: [String: CostModel.Entry] = [:]
    for algorithm in contenders {
      for regime in Work.Regime.allCases {
        let price = "\(algorithm.name)" == cheap ? 1e-3 : 1.0
        entries[CostModel.key("\(algorithm.name)", regime)] = CostModel.Entry(
          [Double](repeating: price, count: Work.Term.allCases.count))
      }
    }
    for threads in 1...2 {
      wisdom.remember(CostModel(threads: threads, isa: .best, rate: 1e11, entries: entries))
    }
    return wisdom
  }

  @Test func autoIsItsChoiceBitForBit() throws {
    let resources = try Resources(pool: ThreadPool(width: 2), planner: .estimate)
    var chosen: Set<String> = []
    for seed in 0..<60 {
      guard let p = Sample.problem(seed: seed) else { continue }
      let cheap = "\(contenders[seed % contenders.count].name)"
      let chooser = Chooser(contenders, wisdom: wisdom(cheap: cheap))
      let auto = Auto(chooser)
      guard let first = chooser.ranking(p, resources).ranked.first else { continue }
      chosen.insert("\(first.algorithm.name)")
      guard case .supported(let estimate) = auto.support(p, resources) else {
        Issue.record("auto does every problem: \(p.summary)")
        continue
      }
      #expect(estimate.workspaceBytes == first.estimate.workspaceBytes)
      #expect(estimate.computedBy.hasPrefix("\(first.algorithm.name), "))
      if p.scalar == .f32 {
        try equal(auto, first.algorithm, p, resources, Float.self)
      } else {
        try equal(auto, first.algorithm, p, resources, Double.self)
      }
    }
    #expect(chosen.count >= 4, "\(chosen)")
  }

  private func equal<S: ConvScalar>(
    _ a: any ConvAlgorithm, _ b: any ConvAlgorithm, _ p: ConvProblem, _ resources: Resources,
    _: S.Type
  ) throws {
    let inputs = Inputs<S>(p, integers: false)
    var results: [[S]] = []
    for algorithm in [a, b] {
      let plan = try S.plan(algorithm, p, resources)
      if let weights = inputs.weights {
        try plan.prepare(weights: weights.span, bias: inputs.bias?.span)
      }
      var y = [S](repeating: .nan, count: p.operandCounts.result)
      var span = y.mutableSpan
      try plan.apply(inputs.first.span, inputs.second?.span, into: &span)
      results.append(y)
    }
    #expect(results[0] == results[1], "\(p.summary)")
  }

  @Test func workspaceLimitIsRespected() throws {
    let p = try layer("mb1ic64ih56oc64oh56kh11ph5")
    let chooser = Chooser(contenders, wisdom: wisdom(cheap: "fft"))
    var resources = try Resources(threads: 2)
    let free = chooser.ranking(p, resources)
    #expect(free.ranked.first?.algorithm.name.family == "fft")
    let need = try #require(free.ranked.first?.estimate.workspaceBytes)
    resources.workspaceLimit = need - 1
    let limited = chooser.ranking(p, resources)
    #expect(limited.ranked.allSatisfy { $0.estimate.workspaceBytes < need })
    #expect(limited.refused.contains { $0.why == .overBudget(needs: need, limit: need - 1) })
    let plan = try Auto(chooser).plan(p, resources, as: Float.self)
    #expect(plan.workspaceBytes < need)
    // Too little for anybody: an error, and an estimate that says how much there should be.
    resources.workspaceLimit = 64
    let least = try #require(free.ranked.map(\.estimate.workspaceBytes).min())
    #expect(throws: ConvError.overBudget(needs: least, limit: 64)) {
      try Auto(chooser).plan(p, resources, as: Float.self)
    }
    guard case .supported(let e) = Auto(chooser).support(p, resources) else {
      Issue.record("supported, at a cost")
      return
    }
    #expect(e.workspaceBytes == least)
  }

  @Test func errorsBeyondTheToleranceAreNotChosen() throws {
    let p = try layer("mb1ic64ih28oc64oh28kh3ph1")
    let resources = try Resources(threads: 1)
    var chooser = Chooser(contenders + [Winograd(tile: 6)], wisdom: wisdom(cheap: "winograd"))
    #expect(chooser.ranking(p, resources).ranked[0].algorithm.name.family == "winograd")
    let errors = Dictionary(
      uniqueKeysWithValues: chooser.ranking(p, resources).ranked.map {
        ("\($0.algorithm.name)", $0.estimate.expectedError(.f32))
      })
    // The order that every published table has: transforms below sums, large tiles far above both.
    #expect(try #require(errors["winograd:f6"]) > 3 * #require(errors["direct"]))
    chooser.tolerance = .likeDirect
    let names = chooser.ranking(p, resources).ranked.map { "\($0.algorithm.name)" }
    #expect(names.contains("direct") && !names.contains("winograd:f6"))
    chooser.tolerance = .relative(1e-12)
    #expect(chooser.ranking(p, resources).ranked.isEmpty)
    #expect(throws: ConvError.self) { try Auto(chooser).plan(p, resources, as: Float.self) }
    // The same problem in double precision is well within.
    #expect(!chooser.ranking(try p.with(scalar: .f64), resources).ranked.isEmpty)
  }

  /// The expectation is within a factor of six of what really happens, on both sides.
  @Test(arguments: ["ic64ih28oc16oh28kh3ph1", "ic16ih30oc16oh30kh7ph3", "ic256ih14oc8oh14kh1"])
  func expectedErrorsAreOfTheRightSize(_ text: String) throws {
    var options = Experiment.Options()
    options.threads = [1]
    options.times = false
    let p = try layer("mb1" + text)
    let resources = try Resources(threads: 1)
    try Experiment(options).run(p, contenders) { outcome in
      guard let l2 = outcome.accuracy?.l2,
        let algorithm = contenders.first(where: { $0.name == outcome.algorithm }),
        case .supported(let estimate) = algorithm.support(p, resources)
      else { return }
      let ratio = estimate.expectedError(.f32) / l2
      #expect(ratio > 1.0 / 6 && ratio < 6, "\(outcome.algorithm) on \(text): \(ratio)")
    }
  }

  @Test func measuredProblemsComeFirst() throws {
    let p = try layer("mb1ic16ih28oc16oh28kh3ph1")
    let resources = try Resources(threads: 1)
    var known = wisdom(cheap: "im2col")
    known.remember(
      ChoiceWisdom.Answer(
        problem: p, threads: 1, isa: .best, seconds: ["direct": 2e-3, "fft": 1e-3]))
    let ranked = Chooser(contenders, wisdom: known).ranking(p, resources).ranked
    #expect(ranked.map { "\($0.algorithm.name)" }.prefix(3) == ["fft", "direct", "im2col"])
    #expect(ranked.map(\.isMeasured) == [true, true, false, false, false])
    // On other threads, or another problem, nothing was measured.
    let two = try Resources(threads: 2)
    #expect(
      Chooser(contenders, wisdom: known).ranking(p, two).ranked[0].algorithm.name.family == "im2col"
    )
    let other = try p.with(batch: 2)
    #expect(
      Chooser(contenders, wisdom: known).ranking(other, resources).ranked[0].isMeasured == false)
  }

  @Test(arguments: ["accurat", "0", "-1e-6", "nan", "inf", ""])
  func variants(_ text: String) throws {
    if text.isEmpty {
      #expect(try Auto(.standard, variant: "1e-6").name.description == "auto:1e-6")
    } else {
      #expect(throws: ConvError.self) { try Auto(.standard, variant: text) }
    }
  }
}

@Suite("What is remembered") struct ChoiceWisdomTests {
  private func sample() throws -> ChoiceWisdom {
    var wisdom = ChoiceWisdom()
    let entry = CostModel.Entry(
      [Double](repeating: 0.1, count: Work.Term.allCases.count),
      correction: Interpolation(points: [[1, 2]], heights: [0.5], width: 1), error: 0.1,
      problems: 3)
    wisdom.remember(
      CostModel(threads: 2, isa: .avx2, rate: 1e11, entries: ["direct/channels": entry]))
    wisdom.remember(
      ChoiceWisdom.Answer(
        problem: try layer("mb1ic3ih5oc2kh3"), threads: 2, isa: .avx2, seconds: ["direct": 0.25]))
    return wisdom
  }

  @Test func readsWhatItWrote() throws {
    let path = file()
    let wisdom = try sample()
    try wisdom.save(path)
    let read = ChoiceWisdom.load(path)
    #expect(read.wisdom == wisdom && read.fault == nil)
    #expect(try ChoiceWisdom.forget(path))
    #expect(try !ChoiceWisdom.forget(path))
    #expect(ChoiceWisdom.load(path).fault == nil && ChoiceWisdom.load(path).wisdom.models.isEmpty)
  }

  /// Every beginning of the file, and what is no such file at all.
  @Test func damagedFilesAreToldAndNotUsed() throws {
    let path = file()
    try sample().save(path)
    let whole = try readFile(path)
    var contents = stride(from: 0, to: whole.count - 2, by: 7).map { Array(whole[..<$0]) }
    contents += ["", "{", "[]", "null", "\u{0}\u{1}", #"{"version":1}"#, #"{"version":"1"}"#]
      .map { Array($0.utf8) }
    contents.append([UInt8](repeating: 0xFF, count: 1000))
    for bytes in contents {
      try writeFile(path, bytes)
      let read = ChoiceWisdom.load(path)
      #expect(read.wisdom.models.isEmpty && read.wisdom.answers.isEmpty)
      #expect(read.fault?.contains("is damaged and not used") == true)
      #expect(read.fault?.contains("--calibrate") == true)
    }
    // Numbers that cannot be.
    var broken = try sample()
    broken.models[0].rate = -1
    try broken.save(path)
    #expect(ChoiceWisdom.load(path).fault?.contains("is damaged") == true)
    broken = try sample()
    broken.models[0].entries["direct/channels"]?.coefficients = [1]
    try broken.save(path)
    #expect(ChoiceWisdom.load(path).fault?.contains("is damaged") == true)
    // A folder in the place of the file.
    let folder = file()
    try makeFolder(folder)
    #expect(ChoiceWisdom.load(folder).fault?.contains("is a folder") == true)
  }

  @Test func otherVersionsMachinesAndToolkitsAreToldAndNotUsed() throws {
    let path = file()
    var wisdom = try sample()
    wisdom.version = 99
    try wisdom.save(path)
    #expect(ChoiceWisdom.load(path).fault?.contains("is of version 99, not 1") == true)
    // A later version may look quite different.
    try writeFile(path, Array(#"{"version":2,"models":"elsewhere"}"#.utf8))
    #expect(ChoiceWisdom.load(path).fault?.contains("is of version 2") == true)
    wisdom = try sample()
    wisdom.machine.cpu = "Z80"
    try wisdom.save(path)
    let fault = try #require(ChoiceWisdom.load(path).fault)
    #expect(fault.contains("another machine (Z80, ") && !fault.contains("\n"))
    wisdom = try sample()
    wisdom.toolkit = "0.0.0"
    try wisdom.save(path)
    #expect(ChoiceWisdom.load(path).fault?.contains("with version 0.0.0") == true)
    #expect(ChoiceWisdom.load(path).wisdom.models.isEmpty)
  }

  @Test func aFolderThatCannotBeMadeIsAnError() throws {
    let path = file()
    try makeFolder(String(path.dropLast("/choice.json".count)))
    try writeFile(path, [1])
    #expect(throws: ConvError.self) { try ChoiceWisdom().save(path + "/x/choice.json") }
  }

  @Test func newAnswersReplaceOldOnesAndTheOldestGo() throws {
    var wisdom = ChoiceWisdom()
    let p = try layer("mb1ic3ih5oc2kh3")
    for time in [1.0, 2] {
      wisdom.remember(
        ChoiceWisdom.Answer(problem: p, threads: 1, isa: .base, seconds: ["direct": time]))
    }
    #expect(wisdom.answers.count == 1)
    #expect(wisdom.times(p, threads: 1, isa: .base) == ["direct": 2])
    for n in 1...ChoiceWisdom.mostAnswers {
      wisdom.remember(
        ChoiceWisdom.Answer(
          problem: try p.with(batch: n + 1), threads: 1, isa: .base, seconds: ["fft": 1]))
    }
    #expect(wisdom.answers.count == ChoiceWisdom.mostAnswers)
    #expect(wisdom.times(p, threads: 1, isa: .base).isEmpty)
  }
}
