import ConvCore
import Glibc

/// How parameters follow their gradients, with Keras' defaults.
public enum Optimizer: Hashable, Sendable {
  /// v = momentum v - rate g; w += v.
  case sgd(rate: Double = 0.01, momentum: Double = 0)
  /// a = rho a + (1 - rho) g^2; w -= rate g / (sqrt(a) + epsilon) (Hinton).
  case rmsProp(rate: Double = 0.001, rho: Double = 0.9)
  /// a += g^2; w -= rate g / (sqrt(a) + epsilon) (Duchi et al. 2011).
  case adagrad(rate: Double = 0.001)
  /// m and v are running means of g and g^2; w -= rate m' / (sqrt(v') + epsilon) with m', v'
  /// corrected for their start at zero (Kingma and Ba 2015).
  case adam(rate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999)

  static var epsilon: Double { 1e-7 }
}

/// How the learning rate goes on from what the optimiser says.
public enum RateSchedule: String, Sendable, CaseIterable {
  /// It stays.
  case constant
  /// Half a cosine from the whole rate at the first step to zero after the last (Loshchilov and
  /// Hutter 2017, without restarts).
  case cosine

  /// What the rate is multiplied by in step `step` of `steps`, from 0.
  func factor(step: Int, of steps: Int) -> Double {
    switch self {
    case .constant: 1
    case .cosine: (1 + cos(.pi * Double(min(step, steps)) / Double(max(1, steps)))) / 2
    }
  }
}

/// An optimiser at work: the running means of every parameter.
final class OptimizerState<S: ConvScalar> {
  private let optimizer: Optimizer
  private(set) var step = 0
  /// Two running values for each parameter; which are used depends on the optimiser.
  private(set) var first: [[S]] = [], second: [[S]] = []

  init(_ optimizer: Optimizer, _ parameters: [Parameter<S>]) {
    self.optimizer = optimizer
    let start: S = if case .adagrad = optimizer { 0.1 } else { 0 }
    first = parameters.map { Array(repeating: 0, count: $0.values.count) }
    second = parameters.map { Array(repeating: start, count: $0.values.count) }
  }

  /// Takes up where a checkpoint left off.
  func restore(step: Int, first: [[S]], second: [[S]]) {
    (self.step, self.first, self.second) = (step, first, second)
  }

  /// One step along the gradients of `parameters`, all of them trained, at the optimiser's rate times
  /// `factor`.
  func update(_ parameters: [Parameter<S>], factor: Double) {
    step += 1
    for (i, p) in parameters.enumerated() {
      let count = p.values.count
      p.values.withUnsafeMutableBufferPointer { w in
        p.gradient.withUnsafeBufferPointer { g in
          first[i].withUnsafeMutableBufferPointer { m in
            second[i].withUnsafeMutableBufferPointer { v in
              OptimizerState.update(
                optimizer, factor, step, count, w.baseAddress!, g.baseAddress!, m.baseAddress!,
                v.baseAddress!)
            }
          }
        }
      }
    }
  }

  private static func update(
    _ optimizer: Optimizer, _ factor: Double, _ step: Int, _ count: Int,
    _ w: UnsafeMutablePointer<S>,
    _ g: UnsafePointer<S>, _ m: UnsafeMutablePointer<S>, _ v: UnsafeMutablePointer<S>
  ) {
    let epsilon = S(Optimizer.epsilon)
    switch optimizer {
    case .sgd(let rate, let momentum):
      Updates.momentum(count, w, g, m, S(rate * factor), S(momentum))
    case .rmsProp(let rate, let rho):
      Updates.scaled(
        count, w, g, v, S(rate * factor), decay: S(rho), gain: S(1 - rho), epsilon)
    case .adagrad(let rate):
      Updates.scaled(count, w, g, v, S(rate * factor), decay: 1, gain: 1, epsilon)
    case .adam(let rate, let beta1, let beta2):
      // The corrections of both means in one rate; epsilon then needs that of the second.
      let second = (1 - beta2.power(step)).squareRoot()
      let corrected = rate * factor * second / (1 - beta1.power(step))
      Updates.adam(
        count, w, g, m, v, S(corrected), S(beta1), S(beta2), S(Optimizer.epsilon * second))
    }
  }
}

extension Double {
  /// self^n, n >= 0.
  fileprivate func power(_ n: Int) -> Double {
    var (result, base, n) = (1.0, self, n)
    while n > 0 {
      if n & 1 == 1 { result *= base }
      base *= base
      n >>= 1
    }
    return result
  }
}

/// The loops of the optimisers.
private enum Updates {
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func momentum<S: ConvScalar>(
    _ count: Int, _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>,
    _ m: UnsafeMutablePointer<S>, _ rate: S, _ momentum: S
  ) {
    for i in 0..<count {
      m[i] = momentum * m[i] - rate * g[i]
      w[i] += m[i]
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func scaled<S: ConvScalar>(
    _ count: Int, _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>,
    _ v: UnsafeMutablePointer<S>, _ rate: S, decay: S, gain: S, _ epsilon: S
  ) {
    for i in 0..<count {
      v[i] = decay * v[i] + gain * g[i] * g[i]
      w[i] -= rate * g[i] / (v[i].squareRoot() + epsilon)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func adam<S: ConvScalar>(
    _ count: Int, _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>,
    _ m: UnsafeMutablePointer<S>, _ v: UnsafeMutablePointer<S>, _ rate: S, _ beta1: S, _ beta2: S,
    _ epsilon: S
  ) {
    for i in 0..<count {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i]
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
      w[i] -= rate * m[i] / (v[i].squareRoot() + epsilon)
    }
  }
}
