import ConvCore
import Laboratory
import Testing

/// What the default choice allocates beside prepared weights stays in proportion to its operands.
@Suite struct WorkspaceTests {
  @Test("auto needs at most three times its operands", arguments: Network.all.map(\.name))
  func staysInProportion(_ network: String) throws {
    let resources = try Resources(threads: 2)
    let auto = Auto(Chooser(try Auto.candidates(.standard)))
    for batch in [1, 16] {
      var settings = ProblemSettings()
      settings.batch = batch
      for layer in try Workloads.problems(network, settings) {
        let p = layer.problem
        guard case .supported(let estimate) = auto.support(p, resources) else {
          Issue.record("\(layer.name) has no algorithm")
          continue
        }
        // Blocks that fill a core's caches are no larger for tiny operands.
        let operands = max(4 * (p.inputCount + p.outputCount), 4 << 20)
        let work = estimate.workspaceBytes - estimate.preparedBytes
        #expect(work <= 3 * operands, "\(network)/\(layer.name) mb\(batch): \(estimate.computedBy)")
      }
    }
  }
}
