extension Network {
  /// LeNet-5; C3 is taken as connected to all maps, which the paper's table leaves sparse.
  static let leNet5 = Network(
    name: "lenet5", source: "LeCun, Bottou, Bengio, Haffner 1998; C3 fully connected",
    layers: {
      var list = LayerList()
      list.add("c1", 1, 32, to: 6, k: 5, padding: 0)
      list.add("c3", 6, 14, to: 16, k: 5, padding: 0)
      list.add("c5", 16, 5, to: 120, k: 5, padding: 0)
      return list.layers
    }())

  /// AlexNet without the two groups that the paper splits conv2, conv4 and conv5 into for two GPUs.
  static let alexNet = Network(
    name: "alexnet", source: "Krizhevsky, Sutskever, Hinton 2012; without its two groups",
    layers: {
      var list = LayerList()
      list.add("conv1", 3, 227, to: 96, k: 11, stride: 4, padding: 0)
      list.add("conv2", 96, 27, to: 256, k: 5)
      list.add("conv3", 256, 13, to: 384, k: 3)
      list.add("conv4", 384, 13, to: 384, k: 3)
      list.add("conv5", 384, 13, to: 256, k: 3)
      return list.layers
    }())

  /// ZFNet: AlexNet with a smaller first kernel and stride.
  static let zfNet = Network(
    name: "zfnet", source: "Zeiler, Fergus 2014",
    layers: {
      var list = LayerList()
      list.add("conv1", 3, 224, to: 96, k: 7, stride: 2, padding: 1)
      list.add("conv2", 96, 55, to: 256, k: 5, stride: 2, padding: 0)
      list.add("conv3", 256, 13, to: 384, k: 3)
      list.add("conv4", 384, 13, to: 384, k: 3)
      list.add("conv5", 384, 13, to: 256, k: 3)
      return list.layers
    }())

  /// VGG with 13 convolution layers.
  static let vgg16 = vgg("vgg16", "configuration D", [2, 2, 3, 3, 3])

  /// VGG with 16 convolution layers.
  static let vgg19 = vgg("vgg19", "configuration E", [2, 2, 4, 4, 4])

  private static func vgg(_ name: String, _ which: String, _ blocks: [Int]) -> Network {
    var list = LayerList()
    var channels = 3
    for (block, count) in blocks.enumerated() {
      let filters = min(512, 64 << block)
      for layer in 1...count {
        list.add("conv\(block + 1)_\(layer)", channels, 224 >> block, to: filters, k: 3)
        channels = filters
      }
    }
    return Network(
      name: name, source: "Simonyan, Zisserman 2014, \(which)", layers: list.layers)
  }

  /// GoogLeNet, the first Inception network.
  static let googLeNet = Network(
    name: "googlenet", source: "Szegedy et al. 2014, without the auxiliary classifiers",
    layers: {
      var list = LayerList()
      list.add("conv1", 3, 224, to: 64, k: 7, stride: 2)
      list.add("conv2_reduce", 64, 56, to: 64, k: 1)
      list.add("conv2", 64, 56, to: 192, k: 3)
      // 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection.
      let modules: [(String, Int, [Int])] = [
        ("3a", 28, [64, 96, 128, 16, 32, 32]), ("3b", 28, [128, 128, 192, 32, 96, 64]),
        ("4a", 14, [192, 96, 208, 16, 48, 64]), ("4b", 14, [160, 112, 224, 24, 64, 64]),
        ("4c", 14, [128, 128, 256, 24, 64, 64]), ("4d", 14, [112, 144, 288, 32, 64, 64]),
        ("4e", 14, [256, 160, 320, 32, 128, 128]), ("5a", 7, [256, 160, 320, 32, 128, 128]),
        ("5b", 7, [384, 192, 384, 48, 128, 128]),
      ]
      var channels = 192
      for (name, size, filters) in modules {
        list.add("\(name)_1x1", channels, size, to: filters[0], k: 1)
        list.add("\(name)_3x3_reduce", channels, size, to: filters[1], k: 1)
        list.add("\(name)_3x3", filters[1], size, to: filters[2], k: 3)
        list.add("\(name)_5x5_reduce", channels, size, to: filters[3], k: 1)
        list.add("\(name)_5x5", filters[3], size, to: filters[4], k: 5)
        list.add("\(name)_pool", channels, size, to: filters[5], k: 1)
        channels = filters[0] + filters[2] + filters[4] + filters[5]
      }
      return list.layers
    }())
}
