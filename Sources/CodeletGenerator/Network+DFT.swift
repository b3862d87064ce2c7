// Discrete Fourier transforms X_k = sum over j of x_j exp(-2 pi i j k / n), built from their index
// algebra; the network drops what zeros and symmetry make superfluous.

extension Network {
  /// The DFT of `x`.
  ///
  /// * powers of two: conjugate-pair split radix (Kamar and Elcherif 1989);
  /// * coprime factors: Good and Thomas's prime factors, without twiddle factors;
  /// * powers of an odd prime: Cooley and Tukey;
  /// * odd primes: sums and differences of the pairs j, n - j.
  func dft(_ x: [ComplexValue]) -> [ComplexValue] {
    let n = x.count
    var spectrum: [ComplexValue]
    if n == 1 { return x }
    if n == 2 {
      spectrum = [add(x[0], x[1]), subtract(x[0], x[1])]
    } else if n & (n - 1) == 0 {
      spectrum = splitRadix(x)
    } else {
      let p = Self.smallestPrime(n)
      var power = p
      while n / power % p == 0 { power *= p }
      if power < n {
        spectrum = primeFactor(x, power, n / power)
      } else {
        spectrum = p == n ? oddPrime(x) : commonFactor(x, p)
      }
    }
    // Real input: the second half is the mirror image, and whatever computed it is dropped.
    if x.allSatisfy(\.isReal) {
      for k in 1..<n where 2 * k > n { spectrum[k] = spectrum[n - k].conjugate }
      spectrum[0].im = .zero
      if n % 2 == 0 { spectrum[n / 2].im = .zero }
    }
    return spectrum
  }

  private static func smallestPrime(_ n: Int) -> Int {
    var p = 2
    while n % p != 0 { p += 1 }
    return p
  }

  /// Even elements, and those one after and one before the multiples of 4: their two spectra turn by
  /// conjugate angles.
  private func splitRadix(_ x: [ComplexValue]) -> [ComplexValue] {
    let n = x.count
    let even = dft((0..<n / 2).map { x[2 * $0] })
    let after = dft((0..<n / 4).map { x[4 * $0 + 1] })
    let before = dft((0..<n / 4).map { x[(4 * $0 + n - 1) % n] })
    var spectrum = [ComplexValue](repeating: .zero, count: n)
    for k in 0..<n / 4 {
      let a = rotate(after[k], k, of: n)
      let b = rotate(before[k], -k, of: n)
      let sum = add(a, b)
      let turned = subtract(a, b).timesMinusI
      spectrum[k] = add(even[k], sum)
      spectrum[k + n / 2] = subtract(even[k], sum)
      spectrum[k + n / 4] = add(even[k + n / 4], turned)
      spectrum[k + 3 * n / 4] = subtract(even[k + n / 4], turned)
    }
    return spectrum
  }

  /// n = a b, a and b coprime. With j = b j1 + a j2 mod n, exp(-2 pi i j k / n) is the product of
  /// exp(-2 pi i j1 k / a) and exp(-2 pi i j2 k / b): value k is value (k mod a, k mod b) of an
  /// a x b transform, and nothing is turned.
  private func primeFactor(_ x: [ComplexValue], _ a: Int, _ b: Int) -> [ComplexValue] {
    let n = a * b
    let lines = (0..<b).map { j in dft((0..<a).map { x[(b * $0 + a * j) % n] }) }
    let isReal = x.allSatisfy(\.isReal)
    let columns = (0..<(isReal ? a / 2 + 1 : a)).map { k in dft(lines.map { $0[k] }) }
    return (0..<n).map { k in
      k % a < columns.count ? columns[k % a][k % b] : columns[(n - k) % a][(n - k) % b].conjugate
    }
  }

  /// n = p m: p transforms of every p-th element, turned, and m transforms of p.
  private func commonFactor(_ x: [ComplexValue], _ p: Int) -> [ComplexValue] {
    let n = x.count
    let m = n / p
    let lines = (0..<p).map { j in dft((0..<m).map { x[p * $0 + j] }) }
    var spectrum = [ComplexValue](repeating: .zero, count: n)
    let isReal = x.allSatisfy(\.isReal)
    for k in 0..<(isReal ? m / 2 + 1 : m) {
      let column = dft((0..<p).map { rotate(lines[$0][k], $0 * k, of: n) })
      for q in 0..<p {
        spectrum[k + q * m] = column[q]
        if isReal { spectrum[(n - k - q * m) % n] = column[q].conjugate }
      }
    }
    return spectrum
  }

  /// Sums x_j + x_(n-j) meet cosines, differences meet sines. The first sine is taken out, so that it
  /// fuses into the last addition.
  private func oddPrime(_ x: [ComplexValue]) -> [ComplexValue] {
    let n = x.count
    let half = 1...n / 2
    let sums = half.map { add(x[$0], x[n - $0]) }
    let differences = half.map { subtract(x[$0], x[n - $0]) }
    var spectrum = [ComplexValue](repeating: .zero, count: n)
    spectrum[0] = sums.reduce(x[0]) { add($0, $1) }
    for k in half {
      let first = Trigonometry.sine(k, n)
      var even = x[0]
      var odd = ComplexValue.zero
      for j in half {
        even = add(even, scale(Trigonometry.cosine(j * k, n), sums[j - 1]))
        let ratio = Trigonometry.ratio(Trigonometry.sine(j * k, n), first)
        odd = add(odd, scale(ratio, differences[j - 1]))
      }
      let turned = scale(first, odd).timesMinusI
      spectrum[k] = add(even, turned)
      spectrum[n - k] = subtract(even, turned)
    }
    return spectrum
  }
}
