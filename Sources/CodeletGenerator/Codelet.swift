/// One generated function: a transform of fixed size on lines of vectors.
///
/// Lanes hold independent transforms, so a codelet is scalar code on vectors: no lane ever meets
/// another.
package struct Codelet: Sendable {
  /// Which transform.
  package enum Kind: String, CaseIterable, Sendable {
    /// Complex to complex.
    case dft
    /// The first pass of a transform of n m points: a complex one of n whose value k > 0 is turned by
    /// the k-th of a line of twiddle factors.
    case turnedDft
    /// Real to half a spectrum.
    case realDft
    /// The first pass of a real transform of n m points, n even; values 0 and n / 2 stay real and
    /// are not turned.
    case turnedRealDft
    /// Real to half the values at odd multiples of half a frequency: the last pass of a real
    /// transform on the line of values n / 2 of the first.
    case oddRealDft
    /// The transposes of the three real ones, which lead back but for factors: 2 for each value that
    /// stands for itself and its mirror image.
    case inverseRealDft, turnedInverseRealDft, inverseOddRealDft
  }

  package let kind: Kind
  /// Number of points.
  package let size: Int

  package init(_ kind: Kind, _ size: Int) {
    self.kind = kind
    self.size = size
  }

  /// The name of its function.
  package var name: String { "\(kind.rawValue)\(size)" }

  /// What a load or store is of: a real value, the real parts at both ends of half a spectrum, or a
  /// part of a complex value.
  enum Port {
    case real(Int)
    case first, last
    case re(Int), im(Int)
  }

  /// The ports of half a spectrum, in the order of `halfSpectrum`.
  private var halfPorts: [Port] {
    var ports: [Port] = []
    if kind.isOdd {
      for k in 0..<size / 2 { ports += [.re(k), .im(k)] }
      return size % 2 == 0 ? ports : ports + [.last]
    }
    ports.append(.first)
    for k in 1..<max(1, (size + 1) / 2) { ports += [.re(k - 1), .im(k - 1)] }
    return size % 2 == 0 ? ports + [.last] : ports
  }

  private var complexPorts: [Port] { (0..<size).flatMap { [Port.re($0), .im($0)] } }
  private var realPorts: [Port] { (0..<size).map { .real($0) } }

  /// What it loads and stores; ports are numbered by position.
  var ports: (inputs: [Port], outputs: [Port]) {
    if !kind.isReal { return (complexPorts, complexPorts) }
    return kind.isInverse ? (halfPorts, realPorts) : (realPorts, halfPorts)
  }

  /// Its arithmetic, twiddle factors excepted.
  package var program: Program {
    let network = Network()
    if !kind.isReal {
      let x = (0..<size).map {
        ComplexValue(re: network.input(2 * $0), im: network.input(2 * $0 + 1))
      }
      return Program(network, network.dft(x).flatMap { [$0.re, $0.im] })
    }
    let outputs = kind.isOdd ? oddHalfSpectrum(network) : halfSpectrum(network)
    if !kind.isInverse { return Program(network, outputs) }
    let (transposed, results) = network.transposed(outputs, inputs: size)
    return Program(transposed, results)
  }

  private func halfSpectrum(_ network: Network) -> [Network.Value] {
    let spectrum = network.dft(
      (0..<size).map { ComplexValue(re: network.input($0), im: .zero) })
    var values = [spectrum[0].re]
    for k in 1..<max(1, (size + 1) / 2) { values += [spectrum[k].re, spectrum[k].im] }
    return size % 2 == 0 ? values + [spectrum[size / 2].re] : values
  }

  /// The odd values of the transform of twice the size, whose second half of inputs is zero.
  private func oddHalfSpectrum(_ network: Network) -> [Network.Value] {
    let spectrum = network.dft(
      (0..<2 * size).map {
        ComplexValue(re: $0 < size ? network.input($0) : .zero, im: .zero)
      })
    var values: [Network.Value] = []
    for k in 0..<size / 2 { values += [spectrum[2 * k + 1].re, spectrum[2 * k + 1].im] }
    return size % 2 == 0 ? values : values + [spectrum[size].re]
  }
}

extension Codelet.Kind {
  /// Whether one side is real.
  package var isReal: Bool { self != .dft && self != .turnedDft }

  /// Whether it leads from half a spectrum to real values.
  package var isInverse: Bool {
    switch self {
    case .inverseRealDft, .turnedInverseRealDft, .inverseOddRealDft: true
    default: false
    }
  }

  /// Whether complex values meet twiddle factors.
  package var isTurned: Bool {
    switch self {
    case .turnedDft, .turnedRealDft, .turnedInverseRealDft: true
    default: false
    }
  }

  /// Whether frequencies are odd multiples of a half.
  package var isOdd: Bool { self == .oddRealDft || self == .inverseOddRealDft }
}
