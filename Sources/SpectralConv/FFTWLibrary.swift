import CFFTW
import ConvCore

/// The FFTW that this program is linked with.
public enum FFTWLibrary {
  /// As the library names itself: `fftw-3.3.10-sse2-avx`.
  public static var version: String { String(cString: cfftwf_version()) }

  /// The planner's flags for an effort, by FFTW's names.
  public static func flags(_ effort: PlannerEffort) -> String {
    switch effort {
    case .estimate: "FFTW_ESTIMATE"
    case .measure: "FFTW_MEASURE"
    case .patient: "FFTW_PATIENT"
    }
  }

  /// Seconds that the search for one plan may take.
  public static var secondsAPlan: Double { FFTWPlanner.timeLimit }

  /// Makes the planner forget what it measured in this process and what it read from the user's cache
  /// folder, so that the next plan is searched for anew: for measuring what planning costs.
  public static func forgetWisdom() { FFTWPlanner.forget() }
}
