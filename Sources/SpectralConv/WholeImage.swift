import ConvCore

/// `fft`: one transform over the whole image, by FFTW.
///
/// C + K transforms for each image, products summed over channels in the frequency domain, and
/// transform sizes that FFTW is fast at; the spectra of the weights are kept. Memory grows with the
/// image for every pair of channels, which is the nature of the algorithm: docs/FFT.md. Source:
/// Mathieu, Henaff and LeCun, Fast Training of Convolutional Networks through FFTs (2014).
public struct WholeImageFFT: ConvAlgorithm {
  /// The only variant.
  public init() {}

  /// `fft`.
  public var name: AlgorithmName { AlgorithmName("fft") }

  /// Every problem.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .lowered(
      SpectralKernel<Float>.self, SpectralKernel<Double>.self, .whole, problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try .lowered(SpectralKernel<Float>.self, .whole, name, problem, resources) }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try .lowered(SpectralKernel<Double>.self, .whole, name, problem, resources) }
}
