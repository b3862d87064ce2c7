import ConvCore

/// A problem whose answer was worked by hand (CLASSROOM.md 2), small enough to print.
public struct WorkedExample: Sendable {
  /// `W1`, or `W4b` for the second of two.
  public let id: String
  /// What it shows.
  public let title: String
  /// In Double.
  public let problem: ConvProblem
  /// Operands in the order of the problem's shapes; weights as they stand in the notes.
  public let first: [Double], weights: [Double], bias: [Double]
  /// The output gradient of a weight gradient, else empty.
  public let second: [Double]
  /// The right answer.
  public let expected: [Double]
  /// What the notes misprint, or what to look at.
  public let remark: String

  init(
    _ id: String, _ title: String, _ problem: ConvProblem, first: [Double], weights: [Double] = [],
    bias: [Double] = [], second: [Double] = [], expected: [Double], remark: String = ""
  ) {
    self.id = id
    self.title = title
    self.problem = problem
    self.first = first
    self.weights = weights
    self.bias = bias
    self.second = second
    self.expected = expected
    self.remark = remark
  }

  /// All of them.
  ///
  /// - Throws: never, for the examples here; the problems' initialiser does.
  public static func all() throws(ConvError) -> [WorkedExample] {
    try correlations() + transposed() + gradients() + conventions()
  }

  /// The example of that number, whatever the case of its letter.
  ///
  /// - Throws: `ConvError.invalid` with the numbers there are.
  public static func named(_ id: String) throws(ConvError) -> WorkedExample {
    let examples = try all()
    if let found = examples.first(where: { $0.id.lowercased() == id.lowercased() }) { return found }
    throw .invalid(
      "no worked example \(id): there are \(examples.map(\.id).joined(separator: ", "))")
  }

  private static func image(
    _ h: Int, _ w: Int, kernel kh: Int, _ kw: Int, operation: Operation = .convolution,
    stride: Int = 1, low: Int = 0, high: Int = 0, outputPadding: Int = 0, pass: Pass = .forward,
    convention: Convention = .crossCorrelation, bias: Bool = false
  ) throws(ConvError) -> ConvProblem {
    func axis(_ n: Int, _ k: Int) -> Axis {
      Axis(n, kernel: k, stride: stride, low: low, high: high, outputPadding: outputPadding)
    }
    return try ConvProblem(
      axes: [axis(h, kh), axis(w, kw)], operation: operation, pass: pass, convention: convention,
      bias: bias, scalar: .f64)
  }

  private static func correlations() throws(ConvError) -> [WorkedExample] {
    let step: [Double] = (0..<36).map { $0 % 6 < 3 ? 0 : 1 }
    return [
      WorkedExample(
        "W1", "correlation, valid", try image(4, 4, kernel: 2, 2),
        first: [1, 0, -2, 1, -1, 0, 1, 2, 0, 2, 1, 0, 1, 0, 0, 1], weights: [0, 1, -1, 2],
        expected: [1, 0, 4, 4, 1, 1, 1, 1, 2]),
      WorkedExample(
        "W2", "the letters: a...l = 1...12, w, x, y, z = 1, 2, 3, 4", try image(3, 4, kernel: 2, 2),
        first: (1...12).map(Double.init), weights: [1, 2, 3, 4],
        expected: [44, 54, 64, 84, 94, 104],
        remark: "aw + bx + ey + fz = 1 + 4 + 15 + 24 = 44, and so on"),
      WorkedExample(
        "W3", "vertical edges of a 6x6 grid", try image(6, 6, kernel: 3, 3),
        first: [
          1, 6, 9, 10, 2, 4, 2, 5, 1, 8, 4, 2, 3, 7, 4, 9, 10, 3, 9, 8, 3, 6, 7, 9, 8, 0, 9, 4, 7,
          2, 9, 10, 12, 6, 9, 8,
        ], weights: [1, 0, -1, 1, 0, -1, 1, 0, -1],
        expected: [-8, -9, -2, 18, 6, -3, -13, 9, 4, -4, -8, 5, 2, 2, 1, -3],
        remark: "misprints of the notes: 70 for 10 in the grid, 14 for 18 and 2 for 1 in the "
          + "result, -4 for -8 in the worked sum"),
      WorkedExample(
        "W4", "Sobel's vertical edge of a step, divided by 255", try image(6, 6, kernel: 3, 3),
        first: step, weights: [1, 0, -1, 2, 0, -2, 1, 0, -1],
        expected: (0..<16).map { [0, -4, -4, 0][$0 % 4] },
        remark: "scaled back to 0...255: rows of 255, 0, 0, 255"),
      WorkedExample(
        "W4b", "the horizontal filter sees nothing of it", try image(6, 6, kernel: 3, 3),
        first: step, weights: [1, 2, 1, 0, 0, 0, -1, -2, -1],
        expected: Array(repeating: 0, count: 16)),
      WorkedExample(
        "W13", "3x4 with 2x2, same: the extra row and column at the far side",
        try image(3, 4, kernel: 2, 2, high: 1),
        first: (1...12).map(Double.init), weights: [1, 2, 3, 4],
        expected: [44, 54, 64, 28, 84, 94, 104, 44, 29, 32, 35, 12],
        remark: "TensorFlow's \"same\"; SciPy's and NumPy's put them at the near side"),
    ]
  }

  private static func transposed() throws(ConvError) -> [WorkedExample] {
    [
      WorkedExample(
        "W5", "transposed convolution, stride 1",
        try image(2, 2, kernel: 2, 2, operation: .transposedConvolution),
        first: [0, 1, 2, 3], weights: [4, 1, 2, 3], expected: [0, 4, 1, 8, 16, 6, 4, 12, 9]),
      WorkedExample(
        "W6", "transposed convolution, stride 2",
        try image(2, 2, kernel: 2, 2, operation: .transposedConvolution, stride: 2),
        first: [0, 1, 2, 3], weights: [1, 4, 2, 3],
        expected: [0, 0, 1, 4, 0, 0, 2, 3, 2, 8, 3, 12, 4, 6, 6, 9]),
      WorkedExample(
        "W9", "transposed \"same\", stride 2, as TensorFlow crops: the far side",
        try image(2, 2, kernel: 3, 3, operation: .transposedConvolution, stride: 2, high: 1),
        first: [1, 2, 3, 4], weights: (1...9).map(Double.init),
        expected: [1, 2, 5, 4, 4, 5, 14, 10, 10, 14, 36, 24, 12, 15, 34, 20]),
      WorkedExample(
        "W9b", "the same as PyTorch crops it (padding 1, output padding 1): the near side",
        try image(
          2, 2, kernel: 3, 3, operation: .transposedConvolution, stride: 2, low: 1, high: 1,
          outputPadding: 1),
        first: [1, 2, 3, 4], weights: (1...9).map(Double.init),
        expected: [5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36]),
    ]
  }

  /// W12: x = 1...9, k = [[1, 2], [3, 4]], b = 10, dL/dZ = [[1, 2], [3, 4]].
  private static func gradients() throws(ConvError) -> [WorkedExample] {
    let x = (1...9).map(Double.init)
    let k = [1.0, 2, 3, 4]
    let dz = [1.0, 2, 3, 4]
    return [
      WorkedExample(
        "W12", "2x2 kernel on 3x3 with a bias of 10",
        try image(3, 3, kernel: 2, 2, bias: true), first: x, weights: k, bias: [10],
        expected: [47, 57, 77, 87],
        remark: "Z11 = x11 k11 + x12 k12 + x21 k21 + x22 k22 + b = 1 + 4 + 12 + 20 + 10"),
      WorkedExample(
        "W12k", "its kernel gradient: the input correlated with dL/dZ",
        try image(3, 3, kernel: 2, 2, pass: .weightGradient), first: x, second: dz,
        expected: [37, 47, 67, 77],
        remark: "one note writes + where dL/dZ11 x11 and so on are products"),
      WorkedExample(
        "W12x", "its input gradient: the full convolution of dL/dZ with the kernel",
        try image(3, 3, kernel: 2, 2, pass: .inputGradient), first: dz, weights: k,
        expected: [1, 4, 4, 6, 20, 16, 9, 24, 16]),
      WorkedExample(
        "W12b", "its bias gradient: the sum of dL/dZ",
        try image(3, 3, kernel: 2, 2, pass: .biasGradient), first: dz, expected: [10]),
    ]
  }

  private static func conventions() throws(ConvError) -> [WorkedExample] {
    [
      WorkedExample(
        "D1", "W1's operands convolved: the kernel is flipped first",
        try image(4, 4, kernel: 2, 2, convention: .convolution),
        first: [1, 0, -2, 1, -1, 0, 1, 2, 0, 2, 1, 0, 1, 0, 0, 1], weights: [0, 1, -1, 2],
        expected: [1, 2, -4, -2, 1, 1, -1, 3, 2]),
      WorkedExample(
        "D5", "a 1-D kernel at rate 2 reads every second input",
        try ConvProblem(axes: [Axis(10, kernel: 3, dilation: 2)], scalar: .f64),
        first: (1...10).map(Double.init), weights: [1, 10, 100],
        expected: [531, 642, 753, 864, 975, 1086],
        remark: "6 outputs for 10 inputs; W8 has 32 channels of it and 64 filters"),
      WorkedExample(
        "D9", "a 4x4 image with a 2x2 kernel at stride 2: each output touches four inputs",
        try image(4, 4, kernel: 2, 2, stride: 2), first: (1...16).map(Double.init),
        weights: [1, 2, 3, 4], expected: [44, 64, 124, 144],
        remark: "h11 reads pixels 1, 2, 5, 6 and h12 reads 3, 4, 7, 8; 4 weights against 64 of a "
          + "dense layer"),
    ]
  }
}
