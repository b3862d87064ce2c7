import ConvCore

extension TrainingOptions {
  /// How the lecture notes train a named model (CLASSROOM 5); Adam for what they do not have.
  ///
  /// The digits, which are few, are shifted by up to a pixel, and the rate falls to zero, so that
  /// what comes out depends less on the last few steps: docs/Training.md has the figures.
  public static func recipe(_ model: Model) -> TrainingOptions {
    var options = TrainingOptions()
    switch model.name {
    case "sign-mnist": options.optimizer = .rmsProp()
    case "cifar10":
      options.optimizer = .adam()
      options.augmentation = Augmentation(shift: 0.1, flips: true)
      options.epochs = 50
      options.patience = 2
    case "digits":
      options.optimizer = .adam()
      options.schedule = .cosine
      options.augmentation = Augmentation(shift: 0.125)
    default: options.optimizer = .adam()
    }
    return options
  }
}
