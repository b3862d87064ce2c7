import ConvCore
import Glibc
import Laboratory

@main struct Main {
  static func main() {
    // A file size limit shall be an error that can be told, like a full disk, and a reader of the
    // table that has gone away shall not end the rows.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do throws(ConvError) {
      exit(try Command.dispatch(Registry.loadPlugins(Array(CommandLine.arguments.dropFirst()))))
    } catch .interrupted {
      exit(130)
    } catch {
      Output.complain("\(error)")
      exit(2)
    }
  }
}
