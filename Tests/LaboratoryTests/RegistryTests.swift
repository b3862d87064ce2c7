import ConvCore
import DirectConv
import Laboratory
import Testing

/// A registry whose algorithms are all the oracle under other names.
private let registry = Registry(
  ["direct", "fft", "fft-tiled"].map { name in
    Family(name, "a test") { _ in Renamed(name: AlgorithmName(name)) }
  } + [
    Family("winograd", "a test", variants: ["f2", "f4"]) { variant throws(ConvError) in
      guard ["", "f2", "f4"].contains(variant) else {
        throw .invalid("winograd has f2 and f4, not \(variant)")
      }
      return Renamed(name: AlgorithmName("winograd", variant: variant))
    },
    Family("reference", "a test", isContender: false) { _ in Reference() },
  ])

private struct Renamed: ConvAlgorithm {
  let name: AlgorithmName
  func support(_ p: ConvProblem, _ r: Resources) -> Support { Reference().support(p, r) }
  func plan(_ p: ConvProblem, _ r: Resources, as: Float.Type) throws(ConvError) -> Plan<Float> {
    try Reference().plan(p, r, as: Float.self)
  }
  func plan(_ p: ConvProblem, _ r: Resources, as: Double.Type) throws(ConvError) -> Plan<Double> {
    try Reference().plan(p, r, as: Double.self)
  }
}

@Suite struct RegistryTests {
  @Test(arguments: [
    ("direct", ["direct"]), ("all", ["direct", "fft", "fft-tiled", "winograd"]),
    ("fft*", ["fft", "fft-tiled"]), ("winograd:*", ["winograd:f2", "winograd:f4"]),
    ("winograd:f4, direct", ["winograd:f4", "direct"]),
    ("f?t,all,fft", ["fft", "direct", "fft-tiled", "winograd"]),
    ("reference", ["reference"]), ("*rect", ["direct"]), ("*:f?", ["winograd:f2", "winograd:f4"]),
  ])
  func select(_ list: String, _ names: [String]) throws {
    #expect(try registry.select(list).map { "\($0.name)" } == names)
  }

  @Test(arguments: [
    ("dirct", #"there is no algorithm "dirct": did you mean "direct"?"#),
    ("winogard:f4", #"there is no algorithm "winogard": did you mean "winograd"?"#),
    ("winograd:f9", "winograd has f2 and f4, not f9"),
    ("direct:x", "direct has no variants, so no direct:x"),
    ("x*", "no algorithm matches x*; there are direct, fft, fft-tiled, winograd"),
    ("direct,,fft", #"an empty name among the algorithms "direct,,fft""#),
    ("", #"an empty name among the algorithms """#),
  ])
  func refuse(_ list: String, _ message: String) {
    #expect(throws: ConvError.invalid(message)) { try registry.select(list) }
  }

  @Test func addingReplacesTheSameName() throws {
    let more = registry.adding(Family("mine", "a test") { _ in Reference() })
      .adding(Family("direct", "another") { _ in Reference() })
    #expect(
      more.families.map(\.name) == ["direct", "fft", "fft-tiled", "winograd", "reference", "mine"])
    #expect(more.families[0].summary == "another")
  }

  @Test func everyVariantOfTheStandardRegistryIsMadeUnderItsName() throws {
    for family in Registry.standard.families {
      #expect(try family.make().name.family == family.name)
      for variant in family.variants {
        #expect(try family.make(variant).name == AlgorithmName(family.name, variant: variant))
      }
    }
  }
}
