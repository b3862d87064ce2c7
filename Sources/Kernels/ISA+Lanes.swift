import ConvCore

extension ISA {
  /// Elements of a vector of this instruction set: 4, 8 or 16 floats, half as many doubles.
  public func lanes(_ kind: ScalarKind) -> Int { (16 << rawValue) / kind.byteCount }
}
