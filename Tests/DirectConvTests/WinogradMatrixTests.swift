import ConvCore
import Kernels
import Testing

@testable import DirectConv

private let sizes = [
  (1, 1), (2, 3), (4, 3), (6, 3), (2, 5), (4, 5), (3, 2), (5, 2), (7, 2), (3, 4), (5, 4),
]

@Test("The matrices compute correlations exactly", arguments: sizes)
private func bilinearIdentity(m: Int, r: Int) throws {
  let f = try #require(ToomCook(outputs: m, taps: r))
  #expect(f.points == m + r - 1)
  // y_i = sum over k of x_{i+k} w_k, so the coefficient of w_k x_l in y_i is 1 where l = i + k.
  for i in 0..<m {
    for k in 0..<r {
      for l in 0..<f.points {
        let sum = (0..<f.points).reduce(Fraction(0)) {
          $0 + f.output[i][$1] * f.weight[$1][k] * f.input[$1][l]
        }
        #expect(sum == Fraction(l == i + k ? 1 : 0), "y\(i) w\(k) x\(l)")
      }
    }
  }
}

@Test("F(2, 3) is the algorithm of the literature")
private func lavin() throws {
  let f = try #require(ToomCook(outputs: 2, taps: 3))
  #expect(f.output.map { $0.map(\.value) } == [[1, 1, 1, 0], [0, 1, -1, 1]])
  #expect(
    f.input.map { $0.map(\.value) } == [
      [-1, 0, 1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1],
    ])
  #expect(
    f.weight.map { $0.map(\.value) } == [
      [-1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1],
    ])
}

/// The matrix of a codelet, column by column from unit vectors; every lane must agree.
private func codelet<S: WinogradScalar>(_ isa: ISA, _ inputs: Int, _ outputs: Int, _: S.Type) throws
  -> [[Double]]
{
  let lanes = isa.lanes(S.kind)
  let x = try Buffer<S>(inputs * inputs * lanes)
  let y = try Buffer<S>(inputs * outputs * lanes, poison: true)
  for i in 0..<(inputs * inputs * lanes) {
    x.base[i] = i / lanes / inputs == i / lanes % inputs ? 1 : 0
  }
  S.winogradLines(
    isa, inputs, to: outputs, rows: 1, count: inputs, from: UnsafePointer(x.base),
    LineSteps(step: inputs * lanes, stride: lanes), into: y.base,
    LineSteps(step: outputs * lanes, stride: lanes))
  return (0..<outputs).map { o in
    (0..<inputs).map { i in
      let values = (0..<lanes).map { y.base[(i * outputs + o) * lanes + $0] }
      return Set(values).count == 1 ? Double(values[0]) : .nan
    }
  }
}

@Test("The codelets are the matrices, on every instruction set", arguments: ISA.available)
private func codelets(isa: ISA) throws {
  for (m, r) in sizes {
    let f = try #require(ToomCook(outputs: m, taps: r))
    let t = f.points
    let output = f.output.map { $0.map(\.value) }
    let input = f.input.map { $0.map(\.value) }
    let adjoint = (0..<t).map { j in (0..<m).map { output[$0][j] } }
    #expect(try codelet(isa, t, t, Float.self) == input)
    #expect(try codelet(isa, t, t, Double.self) == input)
    #expect(try codelet(isa, t, m, Float.self) == output)
    #expect(try codelet(isa, t, m, Double.self) == output)
    #expect(try codelet(isa, m, t, Float.self) == adjoint)
    #expect(try codelet(isa, m, t, Double.self) == adjoint)
  }
}
