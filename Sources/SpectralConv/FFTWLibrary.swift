import CFFTW

/// The FFTW that this program is linked with.
public enum FFTWLibrary {
  /// As the library names itself: `fftw-3.3.10-sse2-avx`.
  public static var version: String { String(cString: cfftwf_version()) }
}
