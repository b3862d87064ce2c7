extension Network {
  /// ResNet-50 as published: the stride of a block is in its first 1x1 layer.
  static let resNet50 = Network(
    name: "resnet50", source: "He, Zhang, Ren, Sun 2015; strides in the first 1x1 of a block",
    layers: {
      var list = LayerList()
      list.add("conv1", 3, 224, to: 64, k: 7, stride: 2)
      var channels = 64
      var size = 56
      for (stage, blocks) in [3, 4, 6, 3].enumerated() {
        let width = 64 << stage
        for block in 0..<blocks {
          let stride = stage > 0 && block == 0 ? 2 : 1
          let name = "conv\(stage + 2)_\(block + 1)"
          if block == 0 {
            list.add("\(name)_shortcut", channels, size, to: 4 * width, k: 1, stride: stride)
          }
          size = list.add("\(name)_1x1a", channels, size, to: width, k: 1, stride: stride)
          list.add("\(name)_3x3", width, size, to: width, k: 3)
          list.add("\(name)_1x1b", width, size, to: 4 * width, k: 1)
          channels = 4 * width
        }
      }
      return list.layers
    }())

  /// DenseNet-121: growth 32, bottlenecks of 128 channels, transitions that halve.
  static let denseNet121 = Network(
    name: "densenet121", source: "Huang, Liu, van der Maaten, Weinberger 2016",
    layers: {
      var list = LayerList()
      list.add("conv0", 3, 224, to: 64, k: 7, stride: 2)
      var channels = 64
      var size = 56
      for (block, count) in [6, 12, 24, 16].enumerated() {
        for layer in 1...count {
          let name = "block\(block + 1)_\(layer)"
          list.add("\(name)_1x1", channels, size, to: 128, k: 1)
          list.add("\(name)_3x3", 128, size, to: 32, k: 3)
          channels += 32
        }
        if block < 3 {
          list.add("transition\(block + 1)", channels, size, to: channels / 2, k: 1)
          channels /= 2
          size /= 2
        }
      }
      return list.layers
    }())

  /// EfficientNet-B0: inverted bottlenecks with squeeze and excitation, whose two layers are 1x1
  /// convolutions of one pixel. Strided layers are padded on both sides, as PyTorch has them;
  /// TensorFlow's original pads the far side only, with the same extents and work.
  static let efficientNetB0 = Network(
    name: "efficientnet-b0", source: "Tan, Le 2019; padded as in PyTorch",
    layers: {
      var list = LayerList()
      var size = list.add("stem", 3, 224, to: 32, k: 3, stride: 2)
      var channels = 32
      // Expansion, kernel, stride, output channels, repeats.
      let stages = [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
      ]
      for (stage, (expansion, kernel, firstStride, output, repeats)) in stages.enumerated() {
        for block in 1...repeats {
          let name = "\(stage + 1)_\(block)"
          let wide = channels * expansion
          let squeezed = max(1, channels / 4)
          if expansion > 1 { list.add("\(name)_expand", channels, size, to: wide, k: 1) }
          size = list.add(
            "\(name)_depthwise", wide, size, to: wide, k: kernel,
            stride: block == 1 ? firstStride : 1, groups: wide)
          list.add("\(name)_squeeze", wide, 1, to: squeezed, k: 1)
          list.add("\(name)_excite", squeezed, 1, to: wide, k: 1)
          list.add("\(name)_project", wide, size, to: output, k: 1)
          channels = output
        }
      }
      list.add("head", channels, size, to: 1280, k: 1)
      return list.layers
    }())
}
