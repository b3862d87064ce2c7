import ConvCore

extension Hypothesis {
  /// Weights, bias and data that are read in another order, in part, or with fewer digits.
  static func misreadOperands(_ p: ConvProblem) -> [Self] {
    var list = bias(p) + precision(p) + data(p)
    if p.hasStationaryWeights { list += weights(p) }
    return list
  }

  private static func bias(_ p: ConvProblem) -> [Self] {
    guard p.bias, p.pass == .forward else { return [] }
    return [
      .operands("bias left out", "the bias is not added") { o in
        o.bias = o.bias?.map { _ in 0 }
        return true
      },
      .operands("bias added twice", "the bias is added twice") { o in
        o.bias = o.bias?.map { 2 * $0 }
        return true
      },
      .operands("bias of the first channel", "every channel gets the first channel's bias") { o in
        o.bias = o.bias.map { b in b.map { _ in b[0] } }
        return true
      },
    ]
  }

  private static func precision(_ p: ConvProblem) -> [Self] {
    let roundings: [(String, (S) -> S)] = [
      ("half precision", { S(Float16(Float($0))) }),
      ("bfloat16", { S(Float(Float($0)).roundedToBFloat16) }),
      ("single precision", { S(Float($0)) }),
    ]
    return roundings.filter { S.kind == .f64 || $0.0 != "single precision" }.flatMap {
      name, round -> [Self] in
      [
        .operands(name, "data are rounded to \(name)") { o in
          o.first = o.first.map(round)
          return true
        },
        .operands(name, "weights are rounded to \(name)") { o in
          o.weights = o.weights?.map(round)
          o.second = o.second?.map(round)
          return true
        },
        .operands(name, "data and weights are rounded to \(name)") { o in
          o.first = o.first.map(round)
          o.weights = o.weights?.map(round)
          o.second = o.second?.map(round)
          return true
        },
      ]
    } + [
      .operands("denormals flushed", "denormal numbers count as zero") { o in
        o.first = o.first.map { $0.isSubnormal ? 0 : $0 }
        o.weights = o.weights?.map { $0.isSubnormal ? 0 : $0 }
        return true
      }
    ]
  }

  private static func data(_ p: ConvProblem) -> [Self] {
    let isOutput = p.pass == .inputGradient || p.pass == .biasGradient
    let channels = isOutput ? p.outChannels : p.inChannels
    let e = isOutput ? p.output : p.input
    var list: [Self] = [
      .operands("stale data", "every image is computed from the first one's data") { o in
        let one = o.first.count / p.batch
        for i in one..<max(one, o.first.count) { o.first[i] = o.first[i % one] }
        return p.batch > 1
      }
    ]
    if channels > 1, e.count > 1 {
      list.append(
        .operands("layout of data", "data are read in the other layout (NCHW for NHWC)") { o in
          let source = o.first
          let plane = channels * e.count
          let isChannelsFirst = p.layout == .nchw
          for i in o.first.indices {
            let (n, r) = (i / plane, i % plane)
            let (c, x) =
              isChannelsFirst ? (r / e.count, r % e.count) : (r % channels, r / channels)
            o.first[i] = source[n * plane + (isChannelsFirst ? x * channels + c : c * e.count + x)]
          }
          return true
        })
    }
    return list
  }

  private static func weights(_ p: ConvProblem) -> [Self] {
    let (rows, columns) = (p.weightShape[0], p.weightShape[1])
    let k = p.kernel
    let taps = k.count
    func changing(_ name: String, _ sentence: String, _ change: @escaping ([S]) -> [S]?) -> Self {
      .operands(name, sentence) { o in
        guard let w = o.weights, let changed = change(w), changed != w else { return false }
        o.weights = changed
        return true
      }
    }
    /// Weight (a, b, t) is taken from where `source` says.
    func moved(_ name: String, _ sentence: String, _ source: @escaping (Int, Int, Int) -> Int)
      -> Self
    {
      changing(name, sentence) { w in
        w.indices.map { i in w[source(i / taps / columns, i / taps % columns, i % taps)] }
      }
    }
    var list: [Self] = []
    if p.groups > 1 {
      let each = rows / p.groups
      func rotated(_ by: Int) -> Self {
        moved("groups exchanged", "each group computes with another group's weights") { a, b, t in
          ((a + by * each) % rows * columns + b) * taps + t
        }
      }
      list += [rotated(1), rotated(p.groups - 1)]
      list.append(
        moved("groups exchanged", "the first two groups' weights are exchanged") { a, b, t in
          let group = a / each
          let other = group == 0 ? 1 : group == 1 ? 0 : group
          return ((other * each + a % each) * columns + b) * taps + t
        })
    }
    if k.h == k.w, k.h > 1 {
      list.append(
        moved("kernel transposed", "height and width of the kernel are exchanged") { a, b, t in
          let (d, h, w) = (t / (k.h * k.w), t / k.w % k.h, t % k.w)
          return (a * columns + b) * taps + (d * k.h + w) * k.w + h
        })
    }
    for (axis, name) in ["d", "h", "w"].enumerated() where k[axis] > 1 && taps > k[axis] {
      list.append(
        moved("flipped along one axis", "the kernel is flipped along \(name) alone") { a, b, t in
          var at = Extents(t / (k.h * k.w), t / k.w % k.h, t % k.w)
          at[axis] = k[axis] - 1 - at[axis]
          return (a * columns + b) * taps + (at.d * k.h + at.h) * k.w + at.w
        })
    }
    if rows > 1, columns > 1 || taps > 1 {
      list.append(
        moved("order of weights", "input and output channels of the weights are exchanged") {
          a, b, t in (b * rows + a) * taps + t
        })
      list.append(
        moved("order of weights", "weights are read with the channels last (HWIO)") { a, b, t in
          (t * columns + b) * rows + a
        })
    }
    return list + missing(p, changing)
  }

  /// Channels and taps that are not summed.
  private static func missing(
    _ p: ConvProblem, _ changing: (String, String, @escaping ([S]) -> [S]?) -> Self
  ) -> [Self] {
    let columns = p.weightShape[1]
    let k = p.kernel
    let taps = k.count
    var list: [Self] = []
    for (column, which) in [(columns - 1, "last"), (0, "first")] where columns > 1 {
      list.append(
        changing("channel left out", "the \(which) channel of each sum is left out") { w in
          w.indices.map { $0 / taps % columns == column ? 0 : w[$0] }
        })
    }
    for (axis, name) in ["d", "h", "w"].enumerated() where k[axis] > 1 {
      for (tap, which) in [(k[axis] - 1, "last"), (0, "first")] {
        list.append(
          changing("tap left out", "the \(which) tap along \(name) is left out") { w in
            w.indices.map { i in
              let t = i % taps
              let at = Extents(t / (k.h * k.w), t / k.w % k.h, t % k.w)
              return at[axis] == tap ? 0 : w[i]
            }
          })
      }
    }
    return list
  }
}

extension Float {
  /// The nearest number with 8 significant bits.
  fileprivate var roundedToBFloat16: Float {
    guard isFinite else { return self }
    let bits = bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) & 0xFFFF_0000)
  }
}
