// swift-tools-version: 6.2
import PackageDescription

/// One folder of kernel sources compiled once for each instruction set; `Kernels` chooses at run time.
///
/// `-Ounchecked` also in debug builds, so that debug tests run at a usable speed; `-disable-cmo` keeps
/// AVX-512 code from being inlined into modules that run everywhere; `-gnone` since debug information
/// of code that is all inlined takes a third of the time to compile it.
func kernels(_ isa: String, march: String?) -> Target {
  let flags =
    ["-Ounchecked", "-wmo", "-num-threads", "2", "-disable-batch-mode", "-disable-cmo", "-gnone"]
    + (march.map { ["-Xcc", "-march=\($0)", "-Xcc", "-mprefer-vector-width=512"] } ?? [])
  return .target(
    name: "Kernels\(isa)", dependencies: ["CSystem", "KernelShapes"],
    swiftSettings: [.define("KERNEL_\(isa.uppercased())"), .unsafeFlags(flags)])
}

#if arch(x86_64)
  let instructionSets = [
    kernels("Base", march: nil), kernels("AVX2", march: "x86-64-v3"),
    kernels("AVX512", march: "x86-64-v4"),
  ]
#else
  let instructionSets = [kernels("Base", march: nil)]
#endif

/// A test target for each module, and for the command as a process.
let tests: [Target] = [
  ("ConvCore", ["ConvCore", "DirectConv"]),
  ("Kernels", ["ConvCore", "KernelShapes", "Kernels", "CodeletGenerator"]),
  ("DirectConv", ["ConvCore", "Kernels", "DirectConv"]),
  ("SpectralConv", ["ConvCore", "Kernels", "DirectConv", "SpectralConv"]),
  ("Laboratory", ["ConvCore", "DirectConv", "SpectralConv", "Laboratory"]),
  ("Equivalence", ["CAllocations", "ConvCore", "DirectConv", "SpectralConv", "Laboratory"]),
  ("Imaging", ["ConvCore", "DirectConv", "Imaging", "Laboratory"]),
  ("ConvNet", ["ConvCore", "ConvNet", "Laboratory"]),
  ("Classroom", ["ConvCore", "DirectConv", "SpectralConv", "Laboratory"]),
  ("Command", ["Laboratory", "Imaging"]),
].map { name, dependencies in
  .testTarget(
    name: "\(name)Tests",
    dependencies: (dependencies + ["ConvTestSupport"]).map { .byName(name: $0) })
}

let package = Package(
  name: "SpectralConv",
  products: [
    .executable(name: "compare", targets: ["Compare"]),
    .library(
      name: "SpectralConv", targets: ["ConvCore", "DirectConv", "SpectralConv", "Laboratory"]),
    .library(name: "ConvNet", targets: ["ConvNet"]),
    .library(name: "Imaging", targets: ["Imaging"]),
  ],
  targets: instructionSets + [
    .systemLibrary(
      name: "CFFTW", pkgConfig: "fftw3f fftw3", providers: [.apt(["libfftw3-dev"])]),
    .target(name: "CSystem"),
    .target(name: "CPlugin"),
    .target(name: "KernelShapes"),
    .target(name: "ConvCore", dependencies: ["CSystem"]),
    .target(
      name: "Kernels",
      dependencies: ["CSystem", "KernelShapes", "ConvCore"]
        + instructionSets.map { .target(name: $0.name) }),
    .target(name: "DirectConv", dependencies: ["ConvCore", "Kernels"]),
    .target(
      name: "SpectralConv", dependencies: ["ConvCore", "KernelShapes", "Kernels", "CFFTW"]),
    .target(
      name: "Laboratory",
      dependencies: ["ConvCore", "Kernels", "DirectConv", "SpectralConv", "CSystem", "CPlugin"]),
    .executableTarget(name: "CodeletGenerator"),
    .target(name: "CImage"),
    .target(
      name: "Imaging", dependencies: ["ConvCore", "CImage"],
      swiftSettings: [.strictMemorySafety()]),
    .target(name: "ConvNet", dependencies: ["ConvCore", "Laboratory"]),
    .executableTarget(name: "Compare", dependencies: ["Laboratory", "Imaging", "ConvNet"]),
    .target(
      name: "ConvTestSupport", dependencies: ["ConvCore"], path: "Tests/ConvTestSupport"),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
  ] + tests,
  swiftLanguageModes: [.v6])
