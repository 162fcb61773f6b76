package dev.phaselock.cli;

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
        System.exit(PhaselockCommand.execute(args));
    }
}
