import ConvCore
import Kernels
import Glibc
func knob(_ n: String, _ d: Int) -> Int { if let v = getenv(n) { return Int(String(cString: v)) ?? d }; return d }
let knobAhead = knob("K_AHEAD", 1)

/// Convolution as a matrix product: the input's windows as the columns of a matrix that never exists
/// as a whole.
///
/// y[k, p] = sum over r of w[k, r] x'[r, p], where p counts output pixels, r = (channel, tap), and
/// x'[r, p] is the input element under tap r of window p. Panels of x' of a few hundred rows and
/// columns are packed straight from the input, through borders, stride and dilation, into the order
/// that the product's kernel reads, and used while they are in cache. The weight gradient is the
/// product of the same matrix with the output gradient, summed over pixels. Cost: the nominal
/// operations, and r x p elements copied once for each call. See docs/Im2col.md; the product is that
/// of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).
public struct Im2col: ConvAlgorithm {
  private let limits: Im2colLimits

  /// The only variant.
  public init() { limits = Im2colLimits() }

  /// With other sizes of panels, for tests.
  init(_ limits: Im2colLimits) { self.limits = limits }

  /// `im2col`.
  public var name: AlgorithmName { AlgorithmName("im2col") }

  /// Every problem.
  public func support(_ problem: ConvProblem, _ resources: Resources) -> Support {
    .lowered(Im2colKernel<Float>.self, Im2colKernel<Double>.self, limits, problem, resources)
  }

  /// A plan in single precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Float.Type)
    throws(ConvError) -> Plan<Float>
  { try .lowered(Im2colKernel<Float>.self, limits, name, problem, resources) }

  /// A plan in double precision.
  public func plan(_ problem: ConvProblem, _ resources: Resources, as: Double.Type)
    throws(ConvError) -> Plan<Double>
  { try .lowered(Im2colKernel<Double>.self, limits, name, problem, resources) }
}

/// How large panels may be.
struct Im2colLimits: Sendable, Hashable {
  /// Products summed up before the sum is added to the result: a panel of A of so many columns and
  /// one of B of so many rows fit the first-level cache together.
  var depth = knob("K_DEPTH", 256)
  /// Bytes of packed columns and the results they contribute to, for each thread: half of a
  /// second-level cache of 1 MiB.
  var bytes = knob("K_BYTES", 512) << 10
  /// Pixels packed at a time.
  var columns = knob("K_COLS", 512)
  /// Bytes of the program that says where pixels are read.
  var programBytes = knob("K_PROG", 192) << 10
}
