import ConvCore
import Laboratory
import Testing

@Suite("Bad input gets one line and status 2") struct BadInputTests {
  @Test(
    arguments: [
      ("time ic1oc1ih8kx3", "unknown key \"kx\""), ("time mb1_ic1oc1kh3", "ih is missing"),
      ("time mb1_ic0oc1ih8kh3", "ic is 0, but must be at least 1"),
      ("time mb1_ic1oc1ih-8kh3", "ih is -8, but must be at least 1"),
      ("verify mb1_ic1oc1ih123456789012345678901234567890kh3", "must be at most 2147483647"),
      ("verify mb1_ic1oc1ih8kh11ph1", "kh 11 covers 11, more than the padded input"),
      ("verify g3mb1_ic4oc6ih8kh3", "must divide the input channels (ic) 4"),
      ("time", "compare time needs PROBLEM..."), ("list", "compare list needs"),
      ("tme mb1_ic1oc1ih8kh3", "did you mean \"time\"?"),
      ("mb1_ic1oc1ih8kh3", "is a problem, not a command: compare time"),
      ("time mb1_ic1oc1ih8kh3 --algorithms dirct", "did you mean"),
      ("time mb1_ic1oc1ih8kh3 --algorithms quantum", "there is no algorithm \"quantum\""),
      ("time mb1_ic1oc1ih8kh3 --algorithms ,", "empty name"),
      ("time mb1_ic1oc1ih8kh3 --thread 2", "there is no option --thread: did you mean --threads?"),
      ("time mb1_ic1oc1ih8kh3 --threads", "--threads needs a value: --threads N[,M...]"),
      ("time mb1_ic1oc1ih8kh3 --threads 0", "--threads: 0 is less than 1"),
      ("time mb1_ic1oc1ih8kh3 --threads two", "--threads: \"two\" is not a whole number"),
      ("time mb1_ic1oc1ih8kh3 --threads 99999", "1 to 4096 threads"),
      ("time mb1_ic1oc1ih8kh3 --quiet=1", "--quiet takes no value"),
      ("time mb1_ic1oc1ih8kh3 --border mirror", "none of zeros, reflect, symmetric"),
      ("time mb1_ic1oc1ih8kh3 --dtype f16", "--dtype: \"f16\" is none of f32, f64"),
      ("time mb1_ic1oc1ih8kh3 --pass forwards", "did you mean \"forward\"?"),
      ("time mb1_ic1oc1ih8kh3 --padding some", "padding \"some\" is unknown"),
      ("time mb1_ic1oc1ih8kh3 --padding 1,2,3", "padding has 3 numbers"),
      ("time mb1_ic1oc1ih8kh3 --output-padding 1", "transposed convolutions only"),
      ("time mb1_ic1oc1ih4kh9ph4 --border reflect", "a reflect border of 4 elements"),
      ("time mb1_ic1oc1ih8kh3 --workspace-limit 5X", "not a size as 512M"),
      ("time mb1_ic1oc1ih8kh3 --max-seconds-per-problem 0", "not a positive number"),
      ("time mb1_ic1oc1ih8kh3 --max-seconds-per-problem nan", "not a positive number"),
      ("time mb1_ic1oc1ih8kh3 --seed -1", "--seed: \"-1\" is not a whole number"),
      ("time mb1_ic1oc1ih8kh3 --batch 0", "--batch: 0 is less than 1"),
      ("time mb1_ic1oc1ih8kh3 --csv x.csv --resume --force", "give one of them"),
      ("time mb1_ic1oc1ih8kh3 --csv missing/x.csv", "missing/x.csv: No such file or directory"),
      ("time mb1_ic1oc1ih8kh3 --csv .", "is a folder"),
      ("time mb1_ic1oc1ih8kh3 --csv=", "the path of the CSV is empty"),
      ("time vgg17", "did you mean \"vgg16\"?"),
      ("time vgg16/conv9_9", "vgg16 has no layer \"conv9_9\""),
      ("time @nowhere.txt", "nowhere.txt: No such file or directory"), ("time @", "name of a file"),
      ("time @.", "is a folder"), ("list nets", "there is no list \"nets\""),
      ("list networks vgg17", "did you mean \"vgg16\"?"),
      ("list algorithms dirct", "there is no algorithm \"dirct\""),
      ("sweep --kernels 3,,5", "not a list of whole numbers"),
      ("sweep --kernels 0", "0 is less than 1"),
      ("sweep --kernels x", "not a whole number"), ("sweep --sizes 3x4x5", "not an extent as 256"),
      ("sweep extra", "compare sweep does not take \"extra\""),
      ("sweep --image nowhere.png", "nowhere.png"),
      ("sweep --image nowhere.npy", "nowhere.npy: No such file or directory"),
      ("sweep --image x.png --sizes 4", "leave --sizes out"),
      // 400 TB of input.
      ("time mb1_ic1oc1ih10000000kh3", "is larger than memory: input"),
      ("verify mb100000_ic1000oc1ih10000kh3 --dtype f64", "input 71.1 PiB, weights"),
    ])
  func refused(line: String, part: String) throws {
    let run = try CommandRun(line, in: try Scratch())
    #expect(run.isRefusal(saying: part), "\(run.status): \(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test func files() throws {
    let scratch = try Scratch()
    func refused(_ line: String, _ part: String) throws {
      let run = try CommandRun(line, in: scratch)
      #expect(run.isRefusal(saying: part), "\(line): \(run.status): \(run.errors)")
    }
    try writeFile(scratch("empty.txt"), [])
    try refused("time @empty.txt", "empty.txt: is empty")
    try writeFile(scratch("text.npy"), Array("hello".utf8))
    try refused("sweep --image text.npy", "text.npy: is not a .npy file")
    try writeFile(scratch("text.png"), Array("hello".utf8))
    try refused("sweep --image text.png", "text.png")
    try Tensor<Float>([2, 2, 2]).writeNpy(to: scratch("cube.npy"))
    try refused("sweep --image cube.npy", "height x width, not [2, 2, 2]")
    try writeFile(scratch("old.csv"), Array("a,b\n1,2\n".utf8))
    let problem = "mb1_ic1oc1ih8kh3 --algorithms reference"
    try refused("time \(problem) --csv old.csv", "old.csv exists: give --resume")
    try refused("time \(problem) --csv old.csv --resume", "old.csv: ")
    #expect(try scratch.text("old.csv") == "a,b\n1,2\n")
    try refused("time \(problem) --csv /dev/full", "No space left on device")
    // The same on a file system that is full after the header.
    if let disk = try SmallDisk(bytes: 4096) {
      try writeFile(disk("fill"), Array(repeating: 0, count: 4096 - 1))
      try refused("time \(problem) --csv \(disk("a.csv"))", "No space left on device")
    }
  }
}
