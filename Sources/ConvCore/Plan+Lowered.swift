// The usual algorithm is a kernel for each scalar behind the shared lowering. These are the calls
// from which its `ConvAlgorithm` conformance is made; the bias gradient comes with them.

extension Plan {
  /// A plan of `problem` on kernel `K`.
  ///
  /// - Throws: `ConvError` where the kernel refuses or the workspace limit is exceeded.
  public static func lowered<K: ConvKernel & ~Copyable>(
    _ kernel: K.Type, _ options: K.Options, _ name: AlgorithmName, _ problem: ConvProblem,
    _ resources: Resources
  ) throws(ConvError) -> Plan<Scalar> where K.Scalar == Scalar {
    if problem.pass == .biasGradient {
      return .make(name, problem, BiasGradientPlan<Scalar>(problem, resources))
    }
    return .make(name, problem, try LoweredPlan<K>(problem, options, resources))
  }
}

extension Support {
  /// The estimate of `problem` on kernels `F` and `D`, or why they refuse.
  public static func lowered<F: ConvKernel & ~Copyable, D: ConvKernel & ~Copyable>(
    _ single: F.Type, _ double: D.Type, _ options: F.Options, _ problem: ConvProblem,
    _ resources: Resources
  ) -> Support where F.Scalar == Float, D.Scalar == Double, D.Options == F.Options {
    if problem.pass == .biasGradient {
      return .supported(BiasGradientPlan<Float>.estimate(problem))
    }
    return problem.scalar == .f32
      ? LoweredPlan<F>.support(problem, options, resources)
      : LoweredPlan<D>.support(problem, options, resources)
  }
}
