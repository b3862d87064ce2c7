extension LoweredPlan where K: ~Copyable {
  /// What planning `problem` on this kernel will need; nothing is allocated.
  ///
  /// - Throws: `ConvError.unsupported` where the kernel refuses.
  public static func estimate(
    _ problem: ConvProblem, _ options: K.Options, _ resources: Resources
  ) throws(ConvError) -> Estimate {
    try estimate(
      problem, Lowering(problem, native: K.native(options)), options, resources)
  }

  static func estimate(
    _ problem: ConvProblem, _ lowering: Lowering, _ options: K.Options, _ resources: Resources
  ) throws(ConvError) -> Estimate {
    let n = lowering.stepBytes(problem)
    var elements = n.gathered + n.gatheredSecond + n.spread + n.full + n.unfolded
    if problem.bias && problem.pass == .forward { elements += problem.outChannels }
    var owned = 0
    var scratch = 0
    var operations = 0.0
    var errors: [ErrorModel] = []
    for part in lowering.parts {
      let e = try K.estimate(part.core, part.role, slots: lowering.slots, options, resources)
      owned += e.ownedBytes
      scratch = max(scratch, e.scratchBytes)
      operations += e.executedOperations * Double(lowering.slots)
      errors.append(e.error)
    }
    return Estimate(
      workspaceBytes: elements * problem.scalar.byteCount + owned + scratch, preparedBytes: owned,
      executedOperations: operations,
      error: .lowered(K.native(options), parts: errors), computedBy: lowering.derivation)
  }

  /// The answer to `ConvAlgorithm.support`: the estimate, or why not.
  public static func support(
    _ problem: ConvProblem, _ options: K.Options, _ resources: Resources
  ) -> Support {
    do {
      return .supported(try estimate(problem, options, resources))
    } catch {
      return .unsupported(error.description)
    }
  }
}
