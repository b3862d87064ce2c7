import ConvCore
import Foundation
import Imaging
import Testing

/// `compare train`, `summary` and `classify`, as processes, on a few of the shipped digits.
@Suite("compare train") struct TrainCommandTests {
  private static let shipped = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "notebooks-data").path
  /// A network small enough for a debug build.
  private static let line = "conv:4->relu->bn->pool->dropout:0.1->dense->softmax"

  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    let lines = String(decoding: try readFile("\(Self.shipped)/digits_train.csv"), as: UTF8.self)
      .split(separator: "\n")
    try writeFile(scratch("d.csv"), Array(lines.prefix(81).joined(separator: "\n").utf8))
  }

  private func train(_ more: String) throws -> CommandRun {
    try CommandRun(
      "train \(Self.line) --data d.csv --format digits --batch 16 --threads 1 \(more)",
      in: scratch)
  }

  @Test func curvesCheckpointsAndTables() throws {
    let run = try train("--epochs 2 --algorithms direct,im2col --csv t.csv --save m.model")
    #expect(run.status == 0)
    #expect(run.errors.contains("direct: epoch 2/2, loss ") && run.errors.contains(" left\n"))
    for part in ["differs at step", "conv 4 3x3", "rounding", "curves in t.csv"] {
      #expect(run.output.contains(part), "\(part)")
    }
    // Two epochs of two algorithms and of the shadow; four steps an epoch.
    let rows = try scratch.text("t.csv").split(separator: "\n")
    #expect(rows.count == 7 && rows[0].hasPrefix("model,algorithm,variant,shadow,seed,epoch,loss"))
    #expect(try scratch.text("t.steps.csv").split(separator: "\n").count == 1 + 3 * 8)
    for name in ["t.direct.model", "t.im2col.model", "t.direct.shadow.model", "m.model"] {
      #expect(try readFile(scratch(name)).starts(with: Array("SpectralConv model 1\n".utf8)))
    }

    let summary = try CommandRun("summary m.model", in: scratch)
    #expect(summary.output.contains("total 706, trainable 698, not trainable 8"))
    let picture = try Picture(
      width: 16, height: 16, samples: (0..<256).map { $0 % 16 / 6 == 1 ? 1 : 0 })
    try picture.write(scratch("one.png"))
    for word in ["one.png", "one.png --invert", "digits:7 --maps maps.png"] {
      let classes = try CommandRun("classify m.model \(word)", in: scratch)
      #expect(classes.status == 0 && classes.output.split(separator: "\n").count >= 3)
      #expect(classes.output.contains(" %\n"))
    }
    #expect(try Picture.read(scratch("maps.png")).height == 280)
  }

  @Test func resumeGoesOnAsIfNothingHadHappened() throws {
    #expect(try train("--epochs 3 --csv whole.csv --quiet").status == 0)
    #expect(try train("--epochs 1 --csv part.csv --quiet").status == 0)
    #expect(try train("--epochs 3 --csv part.csv --quiet --resume").status == 0)
    let losses = try ["whole", "part"].map {
      try scratch.text("\($0).steps.csv").split(separator: "\n").map {
        $0.split(separator: ",").last
      }
    }
    #expect(losses[0].count == 13 && losses[0] == losses[1])
    let again = try train("--epochs 3 --csv part.csv")
    #expect(again.isRefusal(saying: "--resume"))
  }

  @Test(
    "wrong calls and data give one line",
    arguments: [
      ("train nonsense", "no model nonsense"), ("train sign-mnist", "--data"),
      ("train conv->relu", "end it with dense"), ("train digits --data short.csv", "short.csv"),
      ("train digits --data label.csv", "label 12"), ("train digits --data missing.csv", "missing"),
      ("train digits --data d.csv --epochs 0", "epochs"),
      ("train digits --data d.csv --rate -1", "rate"),
      ("train digits --data d.csv --csv /nowhere/t.csv", "/nowhere/t.csv"),
      ("train digits --schedule sometimes", "sometimes"),
      ("classify d.csv d.csv", "is no model"), ("classify cut.model digits:1", "cut.model"),
      ("summary conv:0->dense", "conv:0"),
    ])
  func refusals(_ line: String, _ part: String) throws {
    let rows = try scratch.text("d.csv").split(separator: "\n")
    try writeFile(scratch("short.csv"), Array("\(rows[0])\n\(rows[1].dropLast(4))\n".utf8))
    try writeFile(
      scratch("label.csv"), Array("\(rows[0])\n12,\(rows[1].dropFirst(2))\n".utf8))
    try writeFile(scratch("cut.model"), Array("SpectralConv model 1\n{\"name\":".utf8))
    let run = try CommandRun(line, in: scratch)
    #expect(run.isRefusal(saying: part), "\(run.errors)")
  }
}
