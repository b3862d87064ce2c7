import ConvCore
import ConvNet
import Testing

@Suite struct DataTests {
  private func file(_ bytes: [UInt8]) throws -> String {
    let path = "/tmp/spectralconv-data-\(UInt64.random(in: 0...(.max)))"
    try writeFile(path, bytes)
    return path
  }

  private func csv(_ text: String) throws -> Dataset {
    try Dataset(csv: file(Array(text.utf8)), side: 2, classes: 24, maximum: 255, skipsNine: true)
  }

  private let head = "label,pixel1,pixel2,pixel3,pixel4\n"

  @Test("Sign-MNIST's form, both ways of counting")
  func signs() throws {
    let data = try csv(head + "3,0,51,102,255\r\n24,255,0,0,0\n")
    #expect(data.labels == [3, 23])
    #expect(data.pixels == [0, 0.2, 0.4, 1, 1, 0, 0, 0])
    #expect(try csv(head + "9,0,0,0,0\n23,0,0,0,0\n").labels == [9, 23])
  }

  @Test("wrong files give one line")
  func wrong() throws {
    let texts = [
      "", head, "3,0,0,0,0\n", "label,pixel1\n3,0\n", head + "3,0,0,0\n", head + "3,0,0,0,0,0\n",
      head + "3,0,0,0,256\n", head + "-3,0,0,0,0\n", head + "25,0,0,0,0\n9,0,0,0,0\n",
      head + "3,0,x,0,0\n", head + "3,0,99999999999999999999,0,0\n", head + "3,,0,0,0\n",
    ]
    for text in texts {
      do {
        _ = try csv(text)
        Issue.record("accepted: \(text)")
      } catch let error as ConvError {
        #expect(!error.description.contains("\n") && !error.description.isEmpty)
      }
    }
  }

  @Test("CIFAR-10's records")
  func cifar() throws {
    var record = [UInt8](repeating: 0, count: 3073)
    record[0] = 7
    record[1] = 255
    record[3072] = 51
    let data = try Dataset(cifar: [file(record + record)])
    #expect(data.labels == [7, 7] && data.shape.description == "32x32x3")
    #expect(data.pixels[0] == 1 && data.pixels[3071] == 0.2)
    #expect(throws: ConvError.self) { try Dataset(cifar: [file(Array(record.dropLast()))]) }
    record[0] = 10
    #expect(throws: ConvError.self) { try Dataset(cifar: [file(record)]) }
  }

  @Test("IDX files")
  func idx() throws {
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 0]
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 4, 9]
    let data = try Dataset(idxImages: file(images), labels: file(labels))
    #expect(data.labels == [4, 9] && data.pixels == [0, 1, 0.2, 0])
    let wrong: [([UInt8], [UInt8])] = [
      (Array(images.dropLast()), labels), (images, Array(labels.dropLast())), (labels, labels),
      (images, [0, 0, 8, 1, 0, 0, 0, 1, 4]), ([], labels), ([0x1F, 0x8B] + images, labels),
      (
        [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
        [0, 0, 8, 1, 255, 255, 255, 255]
      ),
    ]
    for (a, b) in wrong {
      #expect(throws: ConvError.self) { try Dataset(idxImages: file(a), labels: file(b)) }
    }
  }
}
