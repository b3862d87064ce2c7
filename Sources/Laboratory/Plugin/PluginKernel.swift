import CPlugin
import ConvCore

/// A plug-in's functions as a kernel: one of its plans for each set of weights.
struct PluginKernel<S: ConvScalar>: ConvKernel, ~Copyable {
  typealias Scalar = S
  private let core: CoreProblem
  private let library: PluginLibrary
  private let problem: PluginProblem
  private let plans: [UnsafeMutableRawPointer]
  private var failed: [Bool]

  static func native(_ library: PluginLibrary) -> Native { library.native }

  static func estimate(
    _ core: CoreProblem, _: Role, slots: Int, _ library: PluginLibrary, _ resources: Resources
  ) throws(ConvError) -> KernelEstimate {
    let problem = try PluginProblem(core, S.kind, library, resources)
    if let reason = problem.with({ library.functions.unsupported?($0) }) {
      throw .unsupported(String(cString: reason))
    }
    let terms = core.inChannels * core.kernel.count
    let plain = ErrorModel.summation(terms: terms, chunk: terms)
    return KernelEstimate(
      ownedBytes: slots * problem.with { library.functions.workspace?($0) ?? 0 },
      scratchBytes: MemoryLayout<S>.stride * core.weightCount,
      executedOperations: core.operations,
      error: library.rounding == 1
        ? plain : .sum(Array(repeating: plain, count: library.rounding)))
  }

  init(
    _ core: CoreProblem, _: Role, slots: Int, _ library: PluginLibrary, _ resources: Resources
  ) throws(ConvError) {
    let problem = try PluginProblem(core, S.kind, library, resources)
    var plans: [UnsafeMutableRawPointer] = []
    for _ in 0..<slots {
      guard let plan = problem.with({ library.functions.create($0) }) else {
        for plan in plans { library.functions.destroy(plan) }
        throw .system("\(library.name) made no plan")
      }
      plans.append(plan)
    }
    self.core = core
    self.library = library
    self.problem = problem
    self.plans = plans
    failed = Array(repeating: false, count: slots)
    ownedBytes = slots * problem.with { library.functions.workspace?($0) ?? 0 }
  }

  deinit { for plan in plans { library.functions.destroy(plan) } }

  let ownedBytes: Int
  var scratchBytes: Int { MemoryLayout<S>.stride * core.weightCount }

  mutating func prepare(_ w: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer) {
    let dense = scratch.assumingMemoryBound(to: S.self)
    let e = core.kernel
    var i = 0
    for g in 0..<core.groups {
      for k in 0..<core.outChannels {
        for c in 0..<core.inChannels {
          for t in 0..<e.count {
            let at = w.layout.index(k, c, t / (e.h * e.w), t / e.w % e.h, t % e.w)
            dense[i] = w.base[at + g * w.layout.group]
            i += 1
          }
        }
      }
    }
    failed[slot] = library.functions.prepare(plans[slot], dense) != 0
  }

  mutating func apply(
    _ x: Source<S>, slot: Int, scratch: UnsafeMutableRawPointer, into y: Target<S>
  ) {
    var input = spectralconv_array(
      UnsafeMutablePointer(mutating: x.base) + x.layout.offset, x.layout)
    var output = spectralconv_array(y.base + y.layout.offset, y.layout)
    if failed[slot] || library.functions.apply(plans[slot], &input, &output) != 0 { spoil(y) }
  }

  /// A result that nothing can take for right.
  private func spoil(_ y: Target<S>) {
    let o = core.output
    for n in 0..<core.batch {
      for g in 0..<core.groups {
        for k in 0..<core.outChannels {
          for p in 0..<o.count {
            let at = y.layout.index(n, k, p / (o.h * o.w), p / o.w % o.h, p % o.w)
            y.base[at + g * y.layout.group] = .nan
          }
        }
      }
    }
  }
}

/// A problem as C sees it; it and its maps live as long as this.
final class PluginProblem {
  private let pointers: [UnsafeMutablePointer<Int32>]
  private let value: UnsafeMutablePointer<spectralconv_problem>

  init(
    _ core: CoreProblem, _ kind: ScalarKind, _ library: PluginLibrary, _ resources: Resources
  ) throws(ConvError) {
    let maps = library.native.contains(.maps) ? core.maps.map(\.source) : []
    pointers = maps.map { map in
      let copy = UnsafeMutablePointer<Int32>.allocate(capacity: max(1, map.count))
      copy.update(from: map, count: map.count)
      return copy
    }
    func constant(_ i: Int) -> UnsafePointer<Int32>? {
      i < pointers.count ? UnsafePointer(pointers[i]) : nil
    }
    value = .allocate(capacity: 1)
    value.initialize(
      to: spectralconv_problem(
        scalar_bytes: Int32(kind.byteCount), threads: Int32(resources.threads),
        batch: Int64(core.batch), groups: Int64(core.groups),
        in_channels: Int64(core.inChannels), out_channels: Int64(core.outChannels),
        input: .init(core.input), kernel: .init(core.kernel), output: .init(core.output),
        stride: .init(core.stride), dilation: .init(core.dilation),
        maps: (constant(0), constant(1), constant(2))))
  }

  deinit {
    for pointer in pointers { pointer.deallocate() }
    value.deallocate()
  }

  func with<R>(_ body: (UnsafePointer<spectralconv_problem>) -> R) -> R { body(value) }
}

extension CoreProblem {
  fileprivate var weightCount: Int { groups * outChannels * inChannels * kernel.count }
}

extension spectralconv_extents {
  fileprivate init(_ e: Extents) {
    self.init(depth: Int64(e.d), height: Int64(e.h), width: Int64(e.w))
  }
}

extension spectralconv_array {
  fileprivate init(_ base: UnsafeMutableRawPointer, _ l: Layout) {
    self.init(
      base: base, batch: Int64(l.batch), group: Int64(l.group), channel: Int64(l.channel),
      depth: Int64(l.depth), height: Int64(l.height))
  }
}
