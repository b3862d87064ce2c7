/// How much padding each side of an axis gets, by rule or by number.
///
/// For a transposed convolution padding crops the output, and the words mean what they mean for the
/// convolution whose adjoint it is: `same` gives `input * stride` outputs.
public enum Padding: Hashable, Sendable {
  /// None.
  case valid
  /// As many outputs as inputs divided by the stride, rounded up; what is odd goes to the far side,
  /// as in TensorFlow.
  case same
  /// The same number of outputs; what is odd goes to the near side, as in SciPy, NumPy and ONNX's
  /// `SAME_LOWER`.
  case sameLower
  /// Every overlap of input and kernel: `reach - 1` on both sides.
  case full
  /// One number for all sides; one for each axis; or two, before and after, for each axis.
  case explicit([Int])

  /// Reads `valid`, `same`, `same-lower`, `full` or a list as `1`, `1,2` or `0,1,0,1` (top, bottom, left, right).
  ///
  /// - Throws: `ConvError.invalid` for anything else.
  public init(parsing text: String) throws(ConvError) {
    switch text {
    case "valid": self = .valid
    case "same": self = .same
    case "same-lower": self = .sameLower
    case "full": self = .full
    default:
      let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard !numbers.contains(nil) else {
        throw .invalid(
          "padding \"\(text)\" is unknown: valid, same, same-lower, full, or numbers as 1 or 1,2 or 0,1,0,1"
        )
      }
      self = .explicit(numbers.compactMap(\.self))
    }
  }

  /// Padding before and after axis `index` of `rank`.
  ///
  /// - Throws: `ConvError.invalid` where a list has the wrong length.
  public func sides(
    of axis: Axis, index: Int, rank: Int, operation: Operation = .convolution
  ) throws(ConvError) -> (low: Int, high: Int) {
    switch self {
    case .valid: return (0, 0)
    case .full: return (axis.reach - 1, axis.reach - 1)
    case .same, .sameLower:
      let total: Int
      switch operation {
      case .convolution:
        let outputs = (axis.input + axis.stride - 1) / axis.stride
        total = max(0, (outputs - 1) * axis.stride + axis.reach - axis.input)
      case .transposedConvolution:
        // Negative where strides leave gaps: then the far side grows.
        total = axis.reach + axis.outputPadding - axis.stride
      }
      let half = max(0, total) / 2
      return self == .same ? (half, total - half) : (total - half, half)
    case .explicit(let numbers):
      let range = -Axis.largest...Axis.largest
      guard numbers.allSatisfy({ range.contains($0) }) else {
        throw .invalid("padding must lie within +-\(Axis.largest)")
      }
      switch numbers.count {
      case 1: return (numbers[0], numbers[0])
      case rank: return (numbers[index], numbers[index])
      case 2 * rank: return (numbers[2 * index], numbers[2 * index + 1])
      default:
        let choices = rank == 1 ? "1 or 2" : "1, \(rank) or \(2 * rank)"
        throw .invalid(
          "padding has \(numbers.count) numbers, but \(rank) spatial axes take \(choices)")
      }
    }
  }
}
