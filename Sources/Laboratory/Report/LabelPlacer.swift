import ConvCore
import Glibc

/// The ranges of a panel with logarithmic axes.
struct Panel {
  let x: ClosedRange<Double>, y: ClosedRange<Double>

  /// A point in parts of the panel.
  func part(_ px: Double, _ py: Double) -> (x: Double, y: Double) {
    func part(_ v: Double, _ r: ClosedRange<Double>) -> Double {
      log(v / r.lowerBound) / log(r.upperBound / r.lowerBound)
    }
    return (part(px, x), part(py, y))
  }
}

/// Puts labels beside points so that they do not lie on each other, as far as a few tries do it.
struct LabelPlacer {
  private let panel: Panel
  private var taken: [(x: ClosedRange<Double>, y: ClosedRange<Double>)] = []

  /// Of a panel about 380 x 280 points, letters of 5.6 x 12.
  init(_ panel: Panel) { self.panel = panel }

  /// Keeps labels off a point.
  mutating func block(_ px: Double, _ py: Double) {
    let at = panel.part(px, py)
    taken.append((at.x - 0.015...at.x + 0.015, at.y - 0.02...at.y + 0.02))
  }

  /// `left offset 1,0` and so on: the first place that is free, else the least bad.
  mutating func place(_ px: Double, _ py: Double, _ text: String) -> String {
    let at = panel.part(px, py)
    let width = 0.0185 * Double(text.count)
    var best: (cost: Double, place: String, box: (x: ClosedRange<Double>, y: ClosedRange<Double>))?
    for lift in [0.0, 0.9, -0.9, 1.7, -1.7, 2.5, -2.5, 3.3, -3.3] {
      for isRight in [true, false] {
        let y = at.y + lift * 0.047
        let x = isRight ? at.x + 0.025...at.x + 0.025 + width : at.x - 0.025 - width...at.x - 0.025
        let box = (x: x, y: y - 0.02...y + 0.02)
        var cost = 0.02 * abs(lift)
        for other in taken {
          let w = min(x.upperBound, other.x.upperBound) - max(x.lowerBound, other.x.lowerBound)
          let h =
            min(box.y.upperBound, other.y.upperBound) - max(box.y.lowerBound, other.y.lowerBound)
          if w > 0 && h > 0 { cost += 1 + w * h }
        }
        if x.upperBound > 0.99 || x.lowerBound < -0.01 { cost += 2 }
        if box.y.upperBound > 1 || box.y.lowerBound < 0 { cost += 2 }
        if best.map({ cost < $0.cost }) ?? true {
          best = (cost, "\(isRight ? "left" : "right") offset \(isRight ? 1 : -1),\(lift)", box)
        }
      }
    }
    guard let best else { return "left offset 1,0" }
    taken.append(best.box)
    return best.place
  }
}
