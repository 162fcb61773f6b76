package dev.phaselock.cli;

import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RecordJson;
import dev.phaselock.plan.ResultJson;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.Sessions;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.SessionFactory;
import dev.phaselock.run.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a Job's container runs: one phase, told by environment variables, its result left as the termination message. It
 * holds no Kubernetes credentials.
 *
 * <table>
 * <caption>The environment</caption>
 * <tr><td>PHASELOCK_REQUEST</td><td>the {@link PhaseRequest}, JSON</td></tr>
 * <tr><td>PHASELOCK_SECRET_DIR</td><td>where the database's Secret is mounted</td></tr>
 * <tr><td>PHASELOCK_CA_FILE</td><td>the certificate authority's file; optional</td></tr>
 * <tr><td>PHASELOCK_CLIENT_CERTIFICATE_DIR</td><td>where {@code database.tls.clientCertificateSecretRef} is mounted;
 * optional</td></tr>
 * <tr><td>PHASELOCK_RESULT</td><td>where the {@link PhaseResult} goes; /dev/termination-log when left out</td></tr>
 * </table>
 */
final class PhaseCommand {
    private static final int INTERRUPTION_SECONDS = 4;

    private static final PhaseResult INTERRUPTED = new PhaseResult(
            PhaseResult.Outcome.INTERRUPTED,
            Reason.INTERRUPTED,
            "Asked to stop.",
            null,
            null,
            null,
            LockReport.NONE,
            List.of(),
            List.of(),
            null,
            null);

    private PhaseCommand() {}

    /** The exit code: see {@link PhaseResult.Outcome#exitCode}. */
    static int run(Map<String, String> environment, String[] arguments) {
        if (arguments.length > 0) {
            System.err.println(
                    "Usage: phaselock phase\n\nCarries out one phase inside a Job, told by PHASELOCK_REQUEST,"
                            + " PHASELOCK_SECRET_DIR, PHASELOCK_CA_FILE, PHASELOCK_CLIENT_CERTIFICATE_DIR and PHASELOCK_RESULT.");
            return arguments[0].equals("--help") || arguments[0].equals("-h") ? 0 : ExitCodes.USAGE;
        }
        String document = environment.get("PHASELOCK_REQUEST");
        if (document == null) {
            System.err.println("phaselock phase: PHASELOCK_REQUEST is missing; phases are started by Jobs, and from a"
                    + " terminal by phaselock run");
            return ExitCodes.USAGE;
        }
        Interruption interruption = new Interruption();
        Ending ending = new Ending(Path.of(environment.getOrDefault("PHASELOCK_RESULT", "/dev/termination-log")));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endWhenAsked(interruption, ending)));
        try {
            PhaseRequest request = RecordJson.read(document, PhaseRequest.class);
            return ending.write(
                    new PhaseRunner(sessions(environment, request), Timing.system(), interruption, PhaseCommand::tell)
                            .run(request));
        } catch (IllegalArgumentException e) {
            System.err.println("phaselock phase: " + e.getMessage());
            return ExitCodes.UNEXPECTED;
        } finally {
            ending.withoutResult();
        }
    }

    /**
     * Runs when the process is to end: by itself, or by SIGTERM. Then the JVM would exit with 143, whatever came of the
     * phase, so the exit code is given here. A runner that does not come to its end in time (it may be waiting for a server
     * that does not answer) is not waited for: its sessions end with the process.
     */
    private static void endWhenAsked(Interruption interruption, Ending ending) {
        if (ending.isKnown()) {
            return;
        }
        Thread.startVirtualThread(interruption::request);
        ending.awaitAtMost(INTERRUPTION_SECONDS);
        int exitCode = ending.write(INTERRUPTED);
        Runtime.getRuntime().halt(exitCode);
    }

    /** What came of the phase: the first thing that is said of it counts. */
    private static final class Ending {
        private final Path file;
        private final CountDownLatch known = new CountDownLatch(1);
        private int exitCode;

        private Ending(Path file) {
            this.file = file;
        }

        private boolean isKnown() {
            return known.getCount() == 0;
        }

        private void awaitAtMost(int seconds) {
            try {
                known.await(seconds, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        /** The exit code. */
        private synchronized int write(PhaseResult result) {
            if (!isKnown()) {
                try {
                    Files.writeString(file, ResultJson.writeResult(result));
                    exitCode = result.outcome().exitCode();
                } catch (IOException e) {
                    System.err.println("phaselock phase: the result cannot be written: " + e.getMessage());
                    exitCode = ExitCodes.UNEXPECTED;
                }
                known.countDown();
            }
            return exitCode;
        }

        /** Nothing more will be said. */
        private synchronized void withoutResult() {
            if (!isKnown()) {
                exitCode = ExitCodes.UNEXPECTED;
                known.countDown();
            }
        }
    }

    /** The files are read at each connection: a Secret may be rotated while a phase runs. */
    private static SessionFactory sessions(Map<String, String> environment, PhaseRequest request) {
        Path secret = Path.of(environment.getOrDefault("PHASELOCK_SECRET_DIR", "/etc/phaselock/database"));
        String authority = environment.get("PHASELOCK_CA_FILE");
        Path authorityFolder = authority == null ? null : Path.of(authority).getParent();
        String client = environment.get("PHASELOCK_CLIENT_CERTIFICATE_DIR");
        Path clientFolder = client == null ? null : Path.of(client);
        return () -> new Sessions(
                        ConnectionSettings.ofSecret(secret, authorityFolder, clientFolder, request.database()),
                        request.change(),
                        request.phase())
                .open();
    }

    private static synchronized void tell(PhaseProgress progress) {
        System.out.println(RecordJson.write(progress));
    }
}
