package dev.phaselock.cli;

import dev.phaselock.sql.PgParser;
import java.util.Arrays;

/** Where everything but the operator starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // A phase's Job wants to begin at once: past the command line's library.
        if (args.length > 0 && args[0].equals("phase")) {
            System.exit(PhaseCommand.run(System.getenv(), Arrays.copyOfRange(args, 1, args.length)));
        }
        // That of the libraries; the JVM's own would write each of their messages to the terminal.
        System.setProperty("java.util.logging.manager", "org.jboss.logmanager.LogManager");
        if (args.length > 0 && args[0].equals("lint")) {
            PgParser.prefetch();
        }
        try {
            System.exit(PhaselockCommand.execute(args));
        } catch (NoClassDefFoundError _) {
            // The image's entrypoint has the class path of a phase only.
            System.err.println("phaselock: in the image only phase starts like this; the other commands start with"
                    + " /opt/java/bin/java @/opt/phaselock/cli.options");
            System.exit(ExitCodes.USAGE);
        }
    }
}
