import ConvCore
import ConvNet
import Testing

@Suite struct ModelTests {
  @Test("Sign-MNIST as the notes print it (CLASSROOM 5)")
  func signMNIST() throws {
    let summary = try Summary(Model.named("sign-mnist"))
    #expect(
      summary.rows.map(\.parameters)
        == [750, 300, 0, 33800, 0, 200, 0, 11275, 100, 0, 0, 205312, 0, 12312])
    #expect(summary.total == 264_049)
    #expect(summary.trainable == 263_749)
    #expect(summary.notTrainable == 300)
    let shapes = summary.rows.map(\.output.description)
    #expect(
      shapes == [
        "28x28x75", "28x28x75", "14x14x75", "14x14x50", "14x14x50", "14x14x50", "7x7x50",
        "7x7x25", "7x7x25", "4x4x25", "400", "512", "512", "24",
      ])
  }

  @Test("named models fit", arguments: Model.names)
  func named(_ name: String) throws {
    let model = try Model.named(name)
    #expect(try model.shapes().last == FeatureShape(channels: model.classes))
  }

  @Test("the small flow: 2048 features")
  func small() throws {
    #expect(try Model.named("small").shapes().contains(FeatureShape(channels: 2048)))
  }

  @Test("the line of the notes")
  func line() throws {
    let model = try Model(
      parsing: "[conv -> relu -> pool]*2 -> [dense -> relu]*1 -> dense -> softmax",
      input: FeatureShape(channels: 3, height: 32, width: 32), classes: 10)
    #expect(
      model.layers == [
        .convolution(.init(32)), .activation(.relu), .pooling(.max, .init(2)),
        .convolution(.init(64)), .activation(.relu), .pooling(.max, .init(2)), .flatten,
        .dense(128), .activation(.relu), .dense(nil), .softmax,
      ])
  }

  @Test("arguments by position and name")
  func arguments() throws {
    let model = try Model(
      parsing:
        "conv:8,3x5,stride=2,valid -> bn -> avgpool:3,stride=1,same -> dropout:0.25 -> globalavg -> dense",
      input: FeatureShape(channels: 1, height: 28, width: 28), classes: 4)
    #expect(
      model.layers == [
        .convolution(.init(8, height: 3, width: 5, stride: 2, padding: .valid)),
        .batchNormalization, .pooling(.average, .init(3, stride: 1, isSame: true)),
        .dropout(0.25), .globalPooling(.average), .dense(nil),
      ])
  }

  @Test(
    "what cannot be is refused in one line",
    arguments: [
      "", "conv ->", "-> conv", "conv relu", "[conv", "conv]", "[conv]*0", "[conv]*9999999999",
      "cnov -> relu", "conv:0", "conv:-3", "conv:1,2,3,4,5", "pool:99", "dropout:1.5",
      "conv:8,9,valid", "dense:x", "leakyrelu:nan", "[[[[[[[[[[conv]]]]]]]]]]",
    ])
  func refused(_ text: String) {
    do {
      _ = try Model(
        parsing: text, input: FeatureShape(channels: 1, height: 8, width: 8), classes: 2)
      Issue.record("\(text) was accepted")
    } catch {
      #expect(!error.description.contains("\n"))
    }
  }
}
